"""Candles: the running one while it trades, and once more when it closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from poise_simulator.domain.events import Event, TradePrinted
from poise_simulator.okx.bars import BARS, Bar, candles
from poise_simulator.okx.candles import candle_row
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import Publish, message
from poise_simulator.okx.venue import OkxVenue

PREFIX = "candle"


@dataclass(slots=True)
class _Running:
    """Which candle ran at a topic's last message, and whether anything traded since."""

    opened_ms: int
    has_traded: bool = False


class CandleFeed:
    """Turn trades and the passing of time into candles."""

    channels = frozenset(f"{PREFIX}{bar}" for bar in BARS)

    def __init__(self, venue: OkxVenue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._running: dict[Topic, _Running] = {}
        self._by_inst_id: dict[str, list[Topic]] = {}

    def start(self, topic: Topic) -> None:
        """Begin with the candle that runs."""
        self._running[topic] = _Running(_bar(topic).opened_ms(self._venue.exchange.now_ms))
        self._by_inst_id.setdefault(topic.named("instId"), []).append(topic)

    def stop(self, topic: Topic) -> None:
        """End a topic."""
        del self._running[topic]
        self._by_inst_id[topic.named("instId")].remove(topic)

    def catch_up(self, topic: Topic) -> None:
        """Send nothing: each message stands for itself."""

    def greet(self, topic: Topic) -> Sequence[object]:
        """Return the running candle."""
        return self._since(topic, self._running[topic].opened_ms)[-1:]

    def hear(self, event: Event) -> None:
        """Note that a book's running candles have changed."""
        if isinstance(event, TradePrinted):
            for topic in self._by_inst_id.get(self._venue.named(event.market, event.symbol).inst_id, ()):
                self._running[topic].has_traded = True

    def due(self, topic: Topic) -> None:
        """Send the candles that closed since the last time, then the running one if it traded."""
        running = self._running[topic]
        opened_ms = _bar(topic).opened_ms(self._venue.exchange.now_ms)
        if opened_ms == running.opened_ms and not running.has_traded:
            return
        for found in self._since(topic, running.opened_ms):
            self._publish(topic, found)
        running.opened_ms, running.has_traded = opened_ms, False

    def _since(self, topic: Topic, from_ms: int) -> list[object]:
        item, now_ms, bar = self._venue.instrument(topic.named("instId")), self._venue.exchange.now_ms, _bar(topic)
        limit = (bar.opened_ms(now_ms) - from_ms) // bar.length_ms + 1
        found = candles(self._venue.exchange, item, bar, from_ms=from_ms, before_ms=now_ms + 1, limit=limit)
        return [message(topic, candle_row(kline, item, now_ms)) for kline in found]


def _bar(topic: Topic) -> Bar:
    return BARS[topic.channel.removeprefix(PREFIX)]
