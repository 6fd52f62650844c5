"""The five cores on one virtual clock, driven as the shell drives them: inbox, records, outputs, effects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol
from uuid import UUID

from poise.simulation.memory_bus import Delivery, MemoryBus
from poise_common.contracts.core import Core, Output, Publish, Run, Store
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import Service, StreamKind


class Venue(Protocol):
    """The outside world of a simulated desk: it moves with the clock and does what effects ask."""

    def advance(self, now: datetime) -> Iterable[tuple[Service, Message]]:
        """Move to `now` and return what the services' sources and effects would have pushed by then."""
        ...

    def run(self, service: Service, effect: object, now: datetime) -> None:
        """Take an effect; its result comes out of a later `advance`."""
        ...


@dataclass(slots=True)
class _Seat:
    """One service's place: its core and what its database would hold."""

    core: Core
    inbox: set[UUID] = field(default_factory=set)
    records: list[object] = field(default_factory=list)


class SimulatedDesk:
    """Run cores against a venue on a virtual clock; the same seed gives the same digest."""

    def __init__(
        self,
        cores: Mapping[Service, Core],
        bus: MemoryBus,
        venue: Venue,
        *,
        start: datetime,
        step: timedelta = timedelta(milliseconds=20),
        tick_interval: timedelta = timedelta(milliseconds=240),
        observe: Callable[[Service, Message], None] = lambda _service, _message: None,
    ) -> None:
        self.now = start
        self._bus = bus
        self._venue = venue
        self._seats = {service: _Seat(core) for service, core in cores.items()}
        self._step = step
        self._tick_interval = tick_interval
        self._next_tick = start
        self._observe = observe
        self._digest = blake2b(digest_size=16)
        self._mode: SystemMode | None = None
        for service, seat in self._seats.items():
            self._apply(service, seat.core.start(self.now))

    @property
    def digest(self) -> str:
        """Return the hash over every message published so far, in order."""
        return self._digest.hexdigest()

    @property
    def mode(self) -> SystemMode | None:
        """Return risk's newest mode as it was published."""
        return self._mode

    def records(self, service: Service) -> Sequence[object]:
        """Return what a service has stored so far."""
        return self._seats[service].records

    def run_until(self, end: datetime) -> None:
        """Let time pass until `end`."""
        while self.now < end:
            self.now += self._step
            for service, message in self._venue.advance(self.now):
                self._apply(service, self._seats[service].core.handle(message, self.now))
            for delivery in self._bus.due(self.now):
                self._deliver(delivery)
            if self.now >= self._next_tick:
                self._next_tick += self._tick_interval
                for service, seat in self._seats.items():
                    self._apply(service, seat.core.tick(self.now))

    def order(self, message: Message) -> None:
        """Send a person's order over the bus."""
        self._bus.publish(message, self.now)

    def _deliver(self, delivery: Delivery) -> None:
        seat = self._seats.get(delivery.service)
        if seat is None:
            return
        if delivery.stream.kind is StreamKind.WORK:
            if delivery.message.id in seat.inbox:
                return
            seat.inbox.add(delivery.message.id)
        self._apply(delivery.service, seat.core.handle(delivery.message, self.now))

    def _apply(self, service: Service, outputs: Sequence[Output]) -> None:
        seat = self._seats[service]
        seat.records.extend(output.record for output in outputs if isinstance(output, Store))
        for output in outputs:
            if isinstance(output, Publish):
                self._digest.update(output.message.model_dump_json().encode())
                if isinstance(output.message, RiskState):
                    self._mode = output.message.mode
                self._observe(service, output.message)
                self._bus.publish(output.message, self.now)
        for output in outputs:
            if isinstance(output, Run):
                self._venue.run(service, output.effect, self.now)
