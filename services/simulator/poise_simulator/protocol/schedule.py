"""When each timed topic is due; topics of one period are spread over it, so that they don't come in bursts."""

from __future__ import annotations

import zlib
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar


class Timed(Hashable, Protocol):
    """A stream that is sent by the clock."""

    @property
    def name(self) -> str:
        """Tell it from the others."""
        ...

    @property
    def period_ms(self) -> int:
        """How often it is due."""
        ...


TopicT = TypeVar("TopicT", bound=Timed)


class Schedule(Generic[TopicT]):
    """Keep the next due time of every timed topic."""

    def __init__(self) -> None:
        self._due_ms: dict[TopicT, int] = {}

    def add(self, topic: TopicT, now_ms: int) -> None:
        """Start a topic's period at its own phase."""
        phase_ms = zlib.crc32(topic.name.encode()) % topic.period_ms
        self._due_ms[topic] = now_ms - now_ms % topic.period_ms + topic.period_ms + phase_ms

    def remove(self, topic: TopicT) -> None:
        """Forget a topic."""
        self._due_ms.pop(topic, None)

    def take_due(self, now_ms: int) -> list[TopicT]:
        """Return the topics that are due and start their next period; missed periods are skipped."""
        due = [topic for topic, at_ms in self._due_ms.items() if at_ms <= now_ms]
        for topic in due:
            behind_ms = now_ms - self._due_ms[topic]
            self._due_ms[topic] += topic.period_ms * (1 + behind_ms // topic.period_ms)
        return due
