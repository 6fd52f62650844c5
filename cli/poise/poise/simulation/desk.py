"""The five cores on one virtual clock, driven as the shell drives them: inbox, records, outputs, effects, restarts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Protocol

from poise.simulation.kills import KillMoment, Kills
from poise.simulation.memory_bus import Delivery, MemoryBus
from poise.simulation.seat import CoreBuilder, Seat
from poise_common.contracts.core import Core, Output, Publish, Run
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import Service, StreamKind

Decide = Callable[[Core], Sequence[Output]]


class Venue(Protocol):
    """The outside world of a simulated desk: it moves with the clock and does what effects ask."""

    def advance(self, now: datetime) -> Iterable[tuple[Service, Message]]:
        """Move to `now` and return what the services' sources and effects would have pushed by then."""
        ...

    def run(self, service: Service, effect: object, now: datetime) -> None:
        """Take an effect; its result comes out of a later `advance`."""
        ...

    def lost(self, service: Service) -> None:
        """Forget who asked: the process is gone, what it asked for happens, and no answer finds it."""
        ...

    def returned(self, service: Service, now: datetime) -> None:
        """Let the sources of a process that came back begin anew."""
        ...


class SimulatedDesk:
    """Run cores against a venue on a virtual clock; the same seed gives the same digest."""

    def __init__(
        self,
        cores: Mapping[Service, CoreBuilder],
        bus: MemoryBus,
        venue: Venue,
        *,
        start: datetime,
        step: timedelta = timedelta(milliseconds=20),
        tick_interval: timedelta = timedelta(milliseconds=240),
        kills: Kills | None = None,
        observe: Callable[[Service, Message], None] = lambda _service, _message: None,
    ) -> None:
        self.now = start
        self._bus = bus
        self._venue = venue
        self._seats = {service: Seat(build) for service, build in cores.items()}
        self._step = step
        self._tick_interval = tick_interval
        self._next_tick = start
        self._kills = kills or Kills()
        self._observe = observe
        self._digest = blake2b(digest_size=16)
        self._mode: SystemMode | None = None
        for service in self._seats:
            self._decide(service, lambda core: core.start(self.now))

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
            for service in self._seats:
                self._bring_back(service)
            for service, message in self._venue.advance(self.now):
                self._hear(service, message)
            for delivery in self._bus.due(self.now):
                self._deliver(delivery)
            if self.now >= self._next_tick:
                self._next_tick += self._tick_interval
                for service in self._seats:
                    self._decide(service, lambda core: core.tick(self.now))

    def order(self, message: Message) -> None:
        """Send a person's order over the bus."""
        self._bus.publish(message, self.now)

    def _hear(self, service: Service, message: Message) -> None:
        self._decide(service, lambda core: core.handle(message, self.now))

    def _deliver(self, delivery: Delivery) -> None:
        seat = self._seats.get(delivery.service)
        if seat is None:
            return
        if delivery.stream.kind is not StreamKind.WORK:
            self._hear(delivery.service, delivery.message)
        elif seat.core is None:
            seat.pending.append(delivery)
        elif delivery.message.id not in seat.inbox:
            self._decide(delivery.service, lambda core: core.handle(delivery.message, self.now), delivery)

    def _decide(self, service: Service, decide: Decide, delivery: Delivery | None = None) -> None:
        """Make one decision as one transaction; a killed process is not there to make it."""
        seat = self._seats[service]
        if seat.core is None:
            return
        outputs = decide(seat.core)
        killed = self._kills.strike(service, outputs, self.now)
        if killed is KillMoment.BEFORE_COMMIT:
            self._kill(service, undone=delivery)
            return
        seat.commit(outputs, delivery)
        if killed is KillMoment.AFTER_COMMIT:
            self._kill(service)
            return
        self._let_out(service, outputs)

    def _let_out(self, service: Service, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, Publish):
                self._publish(service, output.message)
        for output in outputs:
            if isinstance(output, Run):
                self._venue.run(service, output.effect, self.now)

    def _publish(self, service: Service, message: Message) -> None:
        self._digest.update(message.model_dump_json().encode())
        if isinstance(message, RiskState):
            self._mode = message.mode
        self._observe(service, message)
        self._bus.publish(message, self.now)

    def _kill(self, service: Service, undone: Delivery | None = None) -> None:
        seat = self._seats[service]
        seat.lose(back_at=self.now + self._kills.downtime())
        if undone is not None:
            seat.pending.append(undone)
        self._venue.lost(service)

    def _bring_back(self, service: Service) -> None:
        """Start a killed process: rows, what is owed, what states hold, then what was pending and what sources say."""
        seat = self._seats[service]
        if seat.core is not None or seat.back_at is None or seat.back_at > self.now:
            return
        pending = seat.rebuild()
        for message in tuple(seat.owed):
            self._publish(service, message)
        self._decide(service, lambda core: core.start(self.now))
        for message in self._bus.held(service):
            self._hear(service, message)
        for delivery in pending:
            self._deliver(delivery)
        self._venue.returned(service, self.now)
