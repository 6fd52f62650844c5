"""What turns events and the clock into the messages of some channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from poise_simulator.domain.events import Event
from poise_simulator.okx.streams.channels import Topic

Publish = Callable[[Topic, object], None]
"""Send a message to all who listen to a topic."""


class Feed(Protocol):
    """The messages of some channels, of those topics that are listened to."""

    channels: frozenset[str]

    def start(self, topic: Topic) -> None:
        """Begin a topic that gets its first listener."""

    def stop(self, topic: Topic) -> None:
        """End a topic that nobody listens to."""

    def catch_up(self, topic: Topic) -> None:
        """Send what is gathered, before one more listener joins."""

    def greet(self, topic: Topic, /) -> Sequence[object]:
        """Return what a new listener is sent first, alone."""
        ...

    def hear(self, event: Event) -> None:
        """Take one event of the exchange."""

    def due(self, topic: Topic) -> None:
        """Send what a timed topic brings."""


def message(topic: Topic, *rows: object) -> dict[str, object]:
    """Write a push message."""
    return {"arg": topic.wire_arg, "data": list(rows)}
