"""Tickers, when something in their book has changed."""

from __future__ import annotations

from collections.abc import Sequence

from poise_simulator.domain.events import DepthChanged, Event, TradePrinted
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import Publish, message
from poise_simulator.okx.tickers import ticker_row
from poise_simulator.okx.venue import OkxVenue


class TickerFeed:
    """Send a ticker at most every period, and only when it has changed."""

    channels = frozenset({"tickers"})

    def __init__(self, venue: OkxVenue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._changed: dict[str, bool] = {}

    def start(self, topic: Topic) -> None:
        """Begin with nothing changed."""
        self._changed[topic.named("instId")] = False

    def stop(self, topic: Topic) -> None:
        """End a topic."""
        del self._changed[topic.named("instId")]

    def catch_up(self, topic: Topic) -> None:
        """Send nothing: each message stands for itself."""

    def greet(self, topic: Topic) -> Sequence[object]:
        """Return the ticker as it stands."""
        return [self._ticker(topic)]

    def hear(self, event: Event) -> None:
        """Note that a book or its last price has changed."""
        if isinstance(event, DepthChanged | TradePrinted):
            inst_id = self._venue.named(event.market, event.symbol).inst_id
            if inst_id in self._changed:
                self._changed[inst_id] = True

    def due(self, topic: Topic) -> None:
        """Send the ticker if it has changed."""
        inst_id = topic.named("instId")
        if self._changed[inst_id]:
            self._changed[inst_id] = False
            self._publish(topic, self._ticker(topic))

    def _ticker(self, topic: Topic) -> object:
        return message(topic, ticker_row(self._venue, self._venue.instrument(topic.named("instId"))))
