"""A bus in memory that keeps the real one's promises and no more: it delays, duplicates, redelivers and skips."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from poise_common.contracts.message import Message
from poise_common.contracts.streams import Service, Stream, StreamKind, consumed_by, stream_of


@dataclass(frozen=True, slots=True)
class BusFaults:
    """How badly the bus behaves; probabilities per delivery."""

    delay_max_ms: float = 40.0
    duplicate_probability: float = 0.05
    """Work only: the same message again, right behind itself."""
    redelivery_probability: float = 0.03
    """Work only: the same message again, much later, as after a claim."""
    redelivery_delay_max_ms: float = 5_000.0
    skip_probability: float = 0.02
    """Feeds only: a slow reader never sees it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way to one service."""

    at: datetime
    service: Service
    stream: Stream
    message: Message


class MemoryBus:
    """Carry messages between services on virtual time; order per stream and reader is kept, as on the real bus."""

    def __init__(self, random: Random, faults: BusFaults) -> None:
        self._random = random
        self._faults = faults
        self._queue: list[tuple[datetime, int, Delivery]] = []
        self._sequence = 0
        self._last_at: dict[tuple[str, Service], datetime] = {}
        self._held: dict[str, dict[tuple[object, ...], Message]] = {}
        self.repeats = 0
        """Work deliveries that were made again."""

    def publish(self, message: Message, now: datetime) -> None:
        """Send a message to every service that the topology says reads it."""
        stream = stream_of(type(message))
        if stream.kind is StreamKind.STATE or stream.from_start:
            self._hold(stream, message)
        for service in sorted(stream.consumers):
            self._send(stream, service, message, now)

    def held(self, service: Service) -> tuple[Message, ...]:
        """Return what a starting reader finds: the newest of each key of states, and of feeds read from their start."""
        return tuple(message for stream in consumed_by(service) for message in self._held.get(stream.name, {}).values())

    def due(self, now: datetime) -> Iterator[Delivery]:
        """Yield the deliveries whose time has come, in order; what handling them publishes may come due as well."""
        while self._queue and self._queue[0][0] <= now:
            yield heapq.heappop(self._queue)[2]

    def next_at(self) -> datetime | None:
        """Return when the next delivery is due."""
        return self._queue[0][0] if self._queue else None

    def _hold(self, stream: Stream, message: Message) -> None:
        held = self._held.setdefault(stream.name, {})
        held.pop(message.coalescing_key, None)
        held[message.coalescing_key] = message
        if stream.max_entries is not None and len(held) > stream.max_entries:
            del held[next(iter(held))]

    def _send(self, stream: Stream, service: Service, message: Message, now: datetime) -> None:
        faults = self._faults
        if stream.kind is not StreamKind.WORK:
            if stream.kind is StreamKind.FEED and self._random.random() < faults.skip_probability:
                return
            self._enqueue(self._in_order(stream, service, now), stream, service, message)
            return
        at = self._in_order(stream, service, now)
        self._enqueue(at, stream, service, message)
        if self._random.random() < faults.duplicate_probability:
            self.repeats += 1
            self._enqueue(at, stream, service, message)
        if self._random.random() < faults.redelivery_probability:
            self.repeats += 1
            late = timedelta(milliseconds=self._random.uniform(0, faults.redelivery_delay_max_ms))
            self._enqueue(at + late, stream, service, message)

    def _in_order(self, stream: Stream, service: Service, now: datetime) -> datetime:
        at = now + timedelta(milliseconds=self._random.uniform(0, self._faults.delay_max_ms))
        at = max(at, self._last_at.get((stream.name, service), at))
        self._last_at[stream.name, service] = at
        return at

    def _enqueue(self, at: datetime, stream: Stream, service: Service, message: Message) -> None:
        self._sequence += 1
        heapq.heappush(self._queue, (at, self._sequence, Delivery(at, service, stream, message)))


def is_work(message: Message) -> bool:
    """Say whether a message travels on a work stream."""
    return stream_of(type(message)).kind is StreamKind.WORK
