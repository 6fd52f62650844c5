"""All channels together: events and the clock in, messages out to those who listen."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from poise_simulator.domain.events import Event
from poise_simulator.okx.streams.channels import Topic
from poise_simulator.okx.streams.feed import Feed
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.fan_out import FanOut, Listener
from poise_simulator.protocol.schedule import Schedule


class Dispatch:
    """Do the work of the topics that are listened to, and none for the others."""

    def __init__(self, venue: OkxVenue, fan_out: FanOut[Topic], feeds: Sequence[Feed]) -> None:
        """Let each feed serve its channels."""
        self._venue = venue
        self._fan_out = fan_out
        self._feeds = feeds
        self._by_channel = {channel: feed for feed in feeds for channel in feed.channels}
        self._schedule: Schedule[Topic] = Schedule()
        fan_out.watch(self._start, self._stop)
        venue.listen(self._hear)

    def subscribe(self, listener: Listener[Topic], topic: Topic) -> None:
        """Let a connection listen to a topic, and send it what a new listener is sent first."""
        self._venue.synchronise()
        feed = self._by_channel[topic.channel]
        if self._fan_out.listens(topic):
            feed.catch_up(topic)
        self._fan_out.subscribe(listener, topic)
        for greeting in feed.greet(topic):
            listener.send(topic, orjson.dumps(greeting))

    def unsubscribe(self, listener: Listener[Topic], topic: Topic) -> None:
        """Let a connection no longer listen to a topic."""
        self._fan_out.unsubscribe(listener, topic)

    def drop(self, listener: Listener[Topic]) -> None:
        """Forget a connection that has ended."""
        self._fan_out.drop(listener)

    def tick(self, now_ms: int) -> None:
        """Send what is due by the clock."""
        for topic in self._schedule.take_due(now_ms):
            self._by_channel[topic.channel].due(topic)

    def _hear(self, events: list[Event]) -> None:
        if self._fan_out.topics:
            for event in events:
                for feed in self._feeds:
                    feed.hear(event)

    def _start(self, topic: Topic) -> None:
        self._by_channel[topic.channel].start(topic)
        if topic.period_ms:
            self._schedule.add(topic, self._venue.engine_ms)

    def _stop(self, topic: Topic) -> None:
        self._schedule.remove(topic)
        self._by_channel[topic.channel].stop(topic)
