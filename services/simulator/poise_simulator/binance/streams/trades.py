"""Trade streams: every print, as trade and as an aggregate of one."""

from __future__ import annotations

from poise_simulator.binance.streams.depth import Publish
from poise_simulator.binance.streams.names import Feed, Topic
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wire import SIDE_WORDS, decimal_text, price_places, quantity_places
from poise_simulator.domain.events import OrderUpdated, TradePrinted
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import Order, Origin


class TradeStreams:
    """Pass on public trades and liquidations to the topics that are listened to."""

    def __init__(self, venue: Venue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._by_book: dict[tuple[Market, str | None], list[Topic]] = {}

    def start(self, topic: Topic) -> None:
        """Begin a topic that has its first subscriber."""
        self._by_book.setdefault((topic.market, topic.symbol), []).append(topic)

    def stop(self, topic: Topic) -> None:
        """End a topic that nobody listens to."""
        self._by_book[(topic.market, topic.symbol)].remove(topic)

    def trade_printed(self, event: TradePrinted) -> None:
        """Send one public trade."""
        for topic in self._by_book.get((event.market, event.symbol), ()):
            if topic.feed is not Feed.LIQUIDATION:
                instrument = self._venue.instrument(event.market, event.symbol)
                self._publish(topic, _trade_message(topic, event, instrument, self._venue.now_ms))

    def order_updated(self, event: OrderUpdated) -> None:
        """Send a liquidation order's execution as forceOrder."""
        if event.order.origin is not Origin.LIQUIDATION or event.fill is None:
            return
        for symbol in (event.order.symbol, None):
            for topic in self._by_book.get((event.order.market, symbol), ()):
                if topic.feed is Feed.LIQUIDATION:
                    instrument = self._venue.instrument(event.order.market, event.order.symbol)
                    self._publish(topic, _liquidation_message(event, event.order, instrument))


def _trade_message(topic: Topic, event: TradePrinted, instrument: Instrument, now_ms: int) -> dict[str, object]:
    message: dict[str, object] = {"e": topic.feed.value, "E": now_ms, "s": event.symbol}
    if topic.feed is Feed.AGGREGATE_TRADE:
        message |= {"a": event.trade_id, "f": event.trade_id, "l": event.trade_id}
    else:
        message["t"] = event.trade_id
    message |= {
        "p": decimal_text(event.price, price_places(instrument)),
        "q": decimal_text(event.quantity, quantity_places(instrument)),
        "T": event.time_ms,
        "m": event.buyer_is_maker,
    }
    if event.market is Market.SPOT:
        message["M"] = True
    elif topic.feed is Feed.TRADE:
        message["X"] = "MARKET"
    return message


def _liquidation_message(event: OrderUpdated, order: Order, instrument: Instrument) -> dict[str, object]:
    price, quantity = price_places(instrument), quantity_places(instrument)
    last = event.fill.quantity if event.fill is not None else order.executed_quantity
    return {
        "e": "forceOrder",
        "E": event.time_ms,
        "o": {
            "s": order.symbol,
            "S": SIDE_WORDS[order.side],
            "o": "LIMIT",
            "f": "IOC",
            "q": decimal_text(order.quantity, quantity),
            "p": decimal_text(order.price, price),
            "ap": decimal_text(order.average_price),
            "X": "FILLED" if not order.remaining_quantity else "PARTIALLY_FILLED",
            "l": decimal_text(last, quantity),
            "z": decimal_text(order.executed_quantity, quantity),
            "T": event.time_ms,
        },
    }
