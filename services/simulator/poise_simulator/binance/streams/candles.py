"""Candle streams: the running candle while it trades, and once more when it closes."""

from __future__ import annotations

from poise_simulator.binance.intervals import INTERVALS_MS
from poise_simulator.binance.streams.depth import Publish
from poise_simulator.binance.streams.names import Topic
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places
from poise_simulator.domain.events import TradePrinted
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import Kline


class CandleStreams:
    """Turn trades and the passing of time into candle messages."""

    def __init__(self, venue: Venue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._open_time_ms: dict[Topic, int] = {}
        self._traded: dict[Topic, bool] = {}
        self._by_book: dict[tuple[Market, str | None], list[Topic]] = {}

    def start(self, topic: Topic) -> None:
        """Begin a topic that has its first subscriber."""
        length_ms = INTERVALS_MS[topic.interval]
        now_ms = self._venue.exchange.now_ms
        self._open_time_ms[topic] = now_ms - now_ms % length_ms
        self._traded[topic] = True
        self._by_book.setdefault((topic.market, topic.symbol), []).append(topic)

    def stop(self, topic: Topic) -> None:
        """End a topic that nobody listens to."""
        del self._open_time_ms[topic], self._traded[topic]
        self._by_book[(topic.market, topic.symbol)].remove(topic)

    def trade_printed(self, event: TradePrinted) -> None:
        """Note that a book's running candles have changed."""
        for topic in self._by_book.get((event.market, event.symbol), ()):
            self._traded[topic] = True

    def due(self, topic: Topic) -> None:
        """Send the candles that closed since the last time, then the running one if it traded."""
        length_ms = INTERVALS_MS[topic.interval]
        now_ms = self._venue.exchange.now_ms
        running_ms = now_ms - now_ms % length_ms
        known_ms = self._open_time_ms[topic]
        if running_ms == known_ms and not self._traded[topic]:
            return
        self._open_time_ms[topic] = running_ms
        self._traded[topic] = False
        instrument = self._venue.instrument(topic.market, topic.symbol or "")
        candles = self._venue.exchange.klines(
            topic.market,
            instrument.symbol,
            length_ms,
            start_ms=known_ms,
            limit=(running_ms - known_ms) // length_ms + 1,
        )
        for candle in candles:
            is_closed = candle.open_time_ms < running_ms
            self._publish(
                topic, kline_message(candle, instrument, topic.interval, self._venue.now_ms, is_closed=is_closed)
            )


def kline_message(
    kline: Kline, instrument: Instrument, interval: str, now_ms: int, *, is_closed: bool
) -> dict[str, object]:
    """Write a kline message; trade ids aren't kept with candles, so they are -1."""
    price, quantity = price_places(instrument), quantity_places(instrument)
    return {
        "e": "kline",
        "E": now_ms,
        "s": instrument.symbol,
        "k": {
            "t": kline.open_time_ms,
            "T": kline.close_time_ms,
            "s": instrument.symbol,
            "i": interval,
            "f": -1,
            "L": -1,
            "o": decimal_text(kline.open, price),
            "c": decimal_text(kline.close, price),
            "h": decimal_text(kline.high, price),
            "l": decimal_text(kline.low, price),
            "v": decimal_text(kline.volume, quantity),
            "n": kline.trade_count,
            "x": is_closed,
            "q": decimal_text(kline.quote_volume),
            "V": decimal_text(kline.taker_buy_volume, quantity),
            "Q": decimal_text(kline.taker_buy_quote_volume),
            "B": "0",
        },
    }
