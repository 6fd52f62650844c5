"""Who listens to which topic: a payload is encoded once, however many listen."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

TopicT = TypeVar("TopicT", bound=Hashable)


class Listener(Generic[TopicT]):
    """One connection's subscriptions. `send` takes a topic's payload; `hang_up` drops the connection."""

    def __init__(self, send: Callable[[TopicT, bytes], None], hang_up: Callable[[], None]) -> None:
        """Listen to nothing yet."""
        self.send = send
        self.hang_up = hang_up
        self.topics: dict[TopicT, None] = {}


class FanOut(Generic[TopicT]):
    """Hand payloads to those who listen."""

    def __init__(self) -> None:
        self._listeners: dict[TopicT, dict[int, Listener[TopicT]]] = {}
        self._on_first: Callable[[TopicT], None] = lambda _: None
        self._on_last: Callable[[TopicT], None] = lambda _: None

    def watch(self, on_first: Callable[[TopicT], None], on_last: Callable[[TopicT], None]) -> None:
        """Call back when a topic gets its first and loses its last listener."""
        self._on_first, self._on_last = on_first, on_last

    @property
    def topics(self) -> list[TopicT]:
        """List what is listened to."""
        return list(self._listeners)

    def listens(self, topic: TopicT) -> bool:
        """Tell whether anyone listens to a topic."""
        return topic in self._listeners

    def subscribe(self, listener: Listener[TopicT], topic: TopicT) -> None:
        """Add a topic to what a connection listens to."""
        listener.topics[topic] = None
        listeners = self._listeners.get(topic)
        if listeners is None:
            listeners = self._listeners[topic] = {}
            self._on_first(topic)
        listeners[id(listener)] = listener

    def unsubscribe(self, listener: Listener[TopicT], topic: TopicT) -> None:
        """Take a topic from what a connection listens to, if it is there."""
        if topic not in listener.topics:
            return
        del listener.topics[topic]
        listeners = self._listeners[topic]
        del listeners[id(listener)]
        if not listeners:
            del self._listeners[topic]
            self._on_last(topic)

    def end(self, topic: TopicT) -> None:
        """Let nobody listen to a topic any more."""
        for listener in list(self._listeners.get(topic, {}).values()):
            self.unsubscribe(listener, topic)

    def drop(self, listener: Listener[TopicT]) -> None:
        """Forget a connection that has ended."""
        for topic in list(listener.topics):
            self.unsubscribe(listener, topic)

    def publish(self, topic: TopicT, payload: bytes) -> None:
        """Hand a payload to everyone who listens to a topic."""
        for listener in list(self._listeners.get(topic, {}).values()):
            listener.send(topic, payload)

    def hang_up(self, topic: TopicT) -> None:
        """Drop every connection that listens to a topic."""
        for listener in list(self._listeners.get(topic, {}).values()):
            listener.hang_up()
