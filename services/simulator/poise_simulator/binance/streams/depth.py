"""Order book streams: diffs batched by speed, partial books, best prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from poise_simulator.binance.market_data import level_rows
from poise_simulator.binance.streams.names import Feed, Topic
from poise_simulator.binance.venue import Venue
from poise_simulator.binance.wire import decimal_text, price_places, quantity_places, scaled_text
from poise_simulator.domain.events import DepthChanged
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.views import BookView

Publish = Callable[[Topic, object], None]


@dataclass(slots=True)
class _Batch:
    """What changed since a topic's last message; a later change of a level replaces an earlier one."""

    first_update_id: int = 0
    final_update_id: int = 0
    previous_final_update_id: int = 0
    time_ms: int = 0
    bid_lots: dict[int, int] = field(default_factory=dict)
    ask_lots: dict[int, int] = field(default_factory=dict)

    def add(self, event: DepthChanged) -> None:
        if not self.final_update_id:
            self.first_update_id = event.first_update_id
            self.previous_final_update_id = event.previous_final_update_id
        self.final_update_id = event.final_update_id
        self.time_ms = event.time_ms
        self.bid_lots.update(event.bid_lots)
        self.ask_lots.update(event.ask_lots)


class DepthStreams:
    """Turn changes of books into the messages of the topics that are listened to."""

    def __init__(self, venue: Venue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._diffs: dict[Topic, _Batch] = {}
        self._changed: dict[Topic, bool] = {}
        self._best: dict[Topic, tuple[object, ...]] = {}
        self._by_book: dict[tuple[Market, str | None], list[Topic]] = {}

    def start(self, topic: Topic) -> None:
        """Begin a topic that has its first subscriber."""
        self._by_book.setdefault((topic.market, topic.symbol), []).append(topic)
        if topic.feed is Feed.DIFF_DEPTH:
            self._diffs[topic] = _Batch()
        elif topic.feed is Feed.PARTIAL_DEPTH:
            self._changed[topic] = True

    def stop(self, topic: Topic) -> None:
        """End a topic that nobody listens to."""
        self._by_book[(topic.market, topic.symbol)].remove(topic)
        self._diffs.pop(topic, None)
        self._changed.pop(topic, None)
        self._best.pop(topic, None)

    def depth_changed(self, event: DepthChanged) -> None:
        """Take one change of one book."""
        for topic in self._by_book.get((event.market, event.symbol), ()):
            if topic.feed is Feed.DIFF_DEPTH:
                self._diffs[topic].add(event)
            elif topic.feed is Feed.PARTIAL_DEPTH:
                self._changed[topic] = True
            else:
                self._publish_best(topic, event.symbol)
        for topic in self._by_book.get((event.market, None), ()):
            self._publish_best(topic, event.symbol)

    def due(self, topic: Topic) -> None:
        """Send what a timed topic has gathered; nothing when its book didn't change."""
        batch = self._diffs.get(topic)
        if batch is not None:
            if batch.final_update_id:
                self._publish(topic, self._diff_message(topic, batch))
                self._diffs[topic] = _Batch()
        elif self._changed.get(topic):
            self._changed[topic] = False
            self._publish(topic, self._partial_message(topic))

    def _diff_message(self, topic: Topic, batch: _Batch) -> dict[str, object]:
        instrument = self._venue.instrument(topic.market, topic.symbol or "")
        message: dict[str, object] = {"e": "depthUpdate", "E": self._venue.now_ms}
        if topic.market is Market.FUTURES:
            message["T"] = batch.time_ms
        message |= {
            "s": instrument.symbol,
            "U": batch.first_update_id,
            "u": batch.final_update_id,
        }
        if topic.market is Market.FUTURES:
            message["pu"] = batch.previous_final_update_id
        message["b"] = _changed_rows(batch.bid_lots, instrument, best_first=-1)
        message["a"] = _changed_rows(batch.ask_lots, instrument, best_first=1)
        return message

    def _partial_message(self, topic: Topic) -> dict[str, object]:
        instrument = self._venue.instrument(topic.market, topic.symbol or "")
        book = self._venue.exchange.book(topic.market, instrument.symbol, topic.levels)
        bids, asks = level_rows(book.bids, instrument), level_rows(book.asks, instrument)
        if topic.market is Market.SPOT:
            return {"lastUpdateId": book.last_update_id, "bids": bids, "asks": asks}
        return {
            "e": "depthUpdate",
            "E": self._venue.now_ms,
            "T": book.time_ms,
            "s": instrument.symbol,
            "U": book.last_update_id,
            "u": book.last_update_id,
            "pu": book.last_update_id - 1,
            "b": bids,
            "a": asks,
        }

    def _publish_best(self, topic: Topic, symbol: str) -> None:
        book = self._venue.exchange.book(topic.market, symbol, 1)
        best = (symbol, book.bids, book.asks)
        if not book.bids or not book.asks or self._best.get(topic) == best:
            return
        self._best[topic] = best
        instrument = self._venue.instrument(topic.market, symbol)
        self._publish(topic, best_message(book, instrument, self._venue.now_ms))


def best_message(book: BookView, instrument: Instrument, now_ms: int) -> dict[str, object]:
    """Write a bookTicker message."""
    price, quantity = price_places(instrument), quantity_places(instrument)
    (bid, bid_quantity), (ask, ask_quantity) = book.bids[0], book.asks[0]
    message: dict[str, object] = {
        "u": book.last_update_id,
        "s": book.symbol,
        "b": decimal_text(bid, price),
        "B": decimal_text(bid_quantity, quantity),
        "a": decimal_text(ask, price),
        "A": decimal_text(ask_quantity, quantity),
    }
    if book.market is Market.FUTURES:
        message = {"e": "bookTicker", "E": now_ms, "T": book.time_ms, **message}
    return message


def _changed_rows(lots: dict[int, int], instrument: Instrument, best_first: int) -> list[list[str]]:
    price, quantity = price_places(instrument), quantity_places(instrument)
    tick, step = instrument.tick_size, instrument.step_size
    return [
        [scaled_text(at, tick, price), scaled_text(lots[at], step, quantity)]
        for at in sorted(lots, reverse=best_first < 0)
    ]
