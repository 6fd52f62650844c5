"""Streams sent by the clock: 24 h tickers and mark prices."""

from __future__ import annotations

from poise_simulator.binance.streams.depth import Publish
from poise_simulator.binance.streams.names import Feed, Topic
from poise_simulator.binance.tickers import change_percent
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import MarkPrice, Ticker


class StatisticStreams:
    """Send the present state of one symbol, or of all, each time a topic is due."""

    def __init__(self, venue: Venue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish

    def due(self, topic: Topic) -> None:
        """Send a topic's message."""
        if topic.feed is Feed.MARK_PRICE:
            self._publish(topic, self._marks(topic))
        else:
            self._publish(topic, self._tickers(topic))

    def _marks(self, topic: Topic) -> object:
        venue = self._venue
        if topic.symbol is not None:
            return mark_message(venue.exchange.mark(topic.symbol), venue.now_ms)
        return [
            mark_message(venue.exchange.mark(instrument.symbol), venue.now_ms)
            for instrument in venue.instruments(Market.FUTURES)
        ]

    def _tickers(self, topic: Topic) -> object:
        venue = self._venue
        write = _ticker_message if topic.feed is Feed.TICKER else _mini_ticker_message
        if topic.symbol is not None:
            instrument = venue.instrument(topic.market, topic.symbol)
            return write(venue.exchange.ticker_24h(topic.market, topic.symbol), instrument, venue.now_ms)
        return [
            write(ticker, venue.instrument(topic.market, ticker.symbol), venue.now_ms)
            for ticker in venue.exchange.tickers_24h(topic.market)
        ]


def mark_message(mark: MarkPrice, now_ms: int) -> dict[str, object]:
    """Write a markPriceUpdate message; `r` is the running interval's predicted rate, nothing for dated futures."""
    return {
        "e": "markPriceUpdate",
        "E": now_ms,
        "s": mark.symbol,
        "p": decimal_text(mark.mark),
        "i": decimal_text(mark.index),
        "P": decimal_text(mark.settle_estimate),
        "r": decimal_text(mark.funding_rate) if mark.is_funded else "",
        "T": mark.next_funding_ms,
    }


def _mini_ticker_message(ticker: Ticker, instrument: Instrument, now_ms: int) -> dict[str, object]:
    price, quantity = price_places(instrument), quantity_places(instrument)
    return {
        "e": "24hrMiniTicker",
        "E": now_ms,
        "s": ticker.symbol,
        "c": decimal_text(ticker.last, price),
        "o": decimal_text(ticker.open, price),
        "h": decimal_text(ticker.high, price),
        "l": decimal_text(ticker.low, price),
        "v": decimal_text(ticker.volume, quantity),
        "q": decimal_text(ticker.quote_volume),
    }


def _ticker_message(ticker: Ticker, instrument: Instrument, now_ms: int) -> dict[str, object]:
    price, quantity = price_places(instrument), quantity_places(instrument)
    message = _mini_ticker_message(ticker, instrument, now_ms) | {
        "e": "24hrTicker",
        "p": decimal_text(ticker.last - ticker.open, price),
        "P": decimal_text(change_percent(ticker), 3),
        "w": decimal_text(ticker.weighted_average, price),
        "Q": decimal_text(ticker.last_quantity, quantity),
        "O": ticker.open_time_ms,
        "C": ticker.close_time_ms,
        "F": ticker.first_trade_id,
        "L": ticker.last_trade_id,
        "n": ticker.trade_count,
    }
    if instrument.market is Market.SPOT:
        message |= {
            "x": message["o"],
            "b": decimal_text(ticker.bid, price),
            "B": decimal_text(ticker.bid_quantity, quantity),
            "a": decimal_text(ticker.ask, price),
            "A": decimal_text(ticker.ask_quantity, quantity),
        }
    return message
