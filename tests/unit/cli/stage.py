"""A simulated desk of toys: cores that do one of each thing, and a venue that writes down what is asked of it."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from poise.simulation.desk import SimulatedDesk
from poise.simulation.kills import Kills
from poise.simulation.memory_bus import BusFaults, MemoryBus
from poise.simulation.seat import CoreBuilder
from poise_common.contracts.control import Alert, Halt, Severity
from poise_common.contracts.core import Output, Publish, Run, Store
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import Service
from poise_common.domain.ids import uuid7

START = datetime(2026, 3, 2, tzinfo=UTC)
NO_FAULTS = BusFaults(
    delay_max_ms=0, duplicate_probability=0, redelivery_probability=0, redelivery_delay_max_ms=0, skip_probability=0
)
EVERYTHING_TWICE = BusFaults(delay_max_ms=0, duplicate_probability=1, redelivery_probability=1, skip_probability=0)


class ToyCore:
    """Of an order to halt it stores the reason, tells its mode, raises an alert and runs an effect."""

    def __init__(self, records: Sequence[object]) -> None:
        self.built_from = tuple(records)
        self.taken: list[Message] = []
        self.starts: list[datetime] = []
        self.ticks: list[datetime] = []

    def start(self, now: datetime) -> Sequence[Output]:
        self.starts.append(now)
        return ()

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        self.taken.append(message)
        if not isinstance(message, Halt):
            return ()
        reason = message.reason
        return (Store(reason), Publish(risk_state(now, reason)), Publish(alert(message, now)), Run(f"do {reason}"))

    def tick(self, now: datetime) -> Sequence[Output]:
        self.ticks.append(now)
        return ()


class ToyVenue:
    """Writes down what is asked of it; says what a test has put on its lips."""

    def __init__(self) -> None:
        self.says: list[tuple[Service, Message]] = []
        self.ran: list[tuple[Service, object]] = []
        self.lives: list[str] = []

    def advance(self, now: datetime) -> Iterable[tuple[Service, Message]]:
        del now
        said, self.says = self.says, []
        return said

    def run(self, service: Service, effect: object, now: datetime) -> None:
        del now
        self.ran.append((service, effect))

    def lost(self, service: Service) -> None:
        self.lives.append(f"{service.value} lost")

    def returned(self, service: Service, now: datetime) -> None:
        del now
        self.lives.append(f"{service.value} returned")


class Stage:
    """A desk of toys."""

    def __init__(self, *services: Service, faults: BusFaults = NO_FAULTS, kills: Kills | None = None) -> None:
        self.built: dict[Service, list[ToyCore]] = {service: [] for service in services}
        self.venue = ToyVenue()
        self.told: list[Message] = []
        self.desk = SimulatedDesk(
            {service: self._builder(service) for service in services},
            MemoryBus(Random(3), faults),  # noqa: S311 - seeded for repetition, guards nothing
            self.venue,
            start=START,
            kills=kills,
            observe=lambda _, message: self.told.append(message),
        )

    def _builder(self, service: Service) -> CoreBuilder:
        def build(records: Sequence[object]) -> ToyCore:
            self.built[service].append(ToyCore(records))
            return self.built[service][-1]

        return build

    def core(self, service: Service = Service.RISK) -> ToyCore:
        return self.built[service][-1]

    def orders(self, service: Service = Service.RISK) -> list[str]:
        """The orders that any core of a service has taken."""
        return [each.reason for core in self.built[service] for each in core.taken if isinstance(each, Halt)]

    def order(self, reason: str) -> None:
        self.desk.order(Halt.first(id_of(self.desk.now, reason), "test", self.desk.now, operator="test", reason=reason))

    def run(self, ms: float) -> "Stage":
        self.desk.run_until(self.desk.now + timedelta(milliseconds=ms))
        return self


def id_of(now: datetime, reason: str) -> UUID:
    """The same id for the same thing in every run."""
    return uuid7(int(now.timestamp() * 1000), reason.encode().ljust(10))


def risk_state(now: datetime, reason: str) -> RiskState:
    return RiskState.first(
        id_of(now, reason), "risk", now, mode=SystemMode.HALTED, reason=reason, set_by="toy", since=now, epoch=1
    )


def alert(cause: Halt, now: datetime) -> Alert:
    return Alert.caused_by(
        cause,
        "risk",
        now,
        name="toy",
        subject=cause.reason,
        severity=Severity.INFO,
        firing=True,
        text="toy",
        raised_by="toy",
        raised_at=now,
    )
