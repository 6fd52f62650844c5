"""Instruments of a type: all of them first, then those that are listed, halted, resumed or delivered."""

from __future__ import annotations

from collections.abc import Sequence

from poise_simulator.domain.events import Event
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.reference_data import instrument_row
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import Publish, message
from poise_simulator.okx.venue import OkxVenue


class ListingFeed:
    """Send what is new about instruments."""

    channels = frozenset({"instruments"})

    def __init__(self, venue: OkxVenue, publish: Publish) -> None:
        self._venue = venue
        self._publish = publish
        self._sent: dict[Topic, list[OkxInstrument]] = {}

    def start(self, topic: Topic) -> None:
        """Begin with what is listed."""
        self._sent[topic] = self._venue.names.of_type(topic.named("instType"))

    def stop(self, topic: Topic) -> None:
        """End a topic."""
        del self._sent[topic]

    def catch_up(self, topic: Topic) -> None:
        """Send what is new, so that one more listener begins where the others are."""
        self.due(topic)

    def greet(self, topic: Topic) -> Sequence[object]:
        """Return all instruments of the type."""
        return [message(topic, *map(instrument_row, self._sent[topic]))]

    def hear(self, event: Event) -> None:
        """Hear nothing: what is listed is seen by the clock."""

    def due(self, topic: Topic) -> None:
        """Send what has changed."""
        before = {id(item) for item in self._sent[topic]}
        self._sent[topic] = self._venue.names.of_type(topic.named("instType"))
        changed = [item for item in self._sent[topic] if id(item) not in before]
        if changed:
            self._publish(topic, message(topic, *map(instrument_row, changed)))
