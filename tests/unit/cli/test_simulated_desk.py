"""The driver of a simulated desk: the shell's promises on a virtual clock."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest

from poise.simulation.desk import SimulatedDesk
from poise.simulation.kills import Kill, KillMoment, Kills
from poise.simulation.memory_bus import BusFaults, MemoryBus
from poise.simulation.seat import CoreBuilder
from poise_common.contracts.control import Alert, Halt, Severity
from poise_common.contracts.core import Output, Publish, Run, Store
from poise_common.contracts.message import Message
from poise_common.contracts.state import RiskState, SystemMode
from poise_common.contracts.streams import Service
from poise_common.domain.ids import seeded_ids

START = datetime(2026, 3, 2, tzinfo=UTC)
NO_FAULTS = BusFaults(
    delay_max_ms=0, duplicate_probability=0, redelivery_probability=0, redelivery_delay_max_ms=0, skip_probability=0
)
EVERYTHING_TWICE = BusFaults(delay_max_ms=0, duplicate_probability=1, redelivery_probability=1, skip_probability=0)
new_id = seeded_ids(9)


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
        self.desk.order(Halt.first(new_id(self.desk.now), "test", self.desk.now, operator="test", reason=reason))

    def run(self, ms: float) -> "Stage":
        self.desk.run_until(self.desk.now + timedelta(milliseconds=ms))
        return self


def risk_state(now: datetime, reason: str) -> RiskState:
    return RiskState.first(
        new_id(now), "risk", now, mode=SystemMode.HALTED, reason=reason, set_by="toy", since=now, epoch=1
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


def kills(*moments: KillMoment, ms: float = 100) -> Kills:
    return Kills([Kill(START, Service.RISK, moment) for moment in moments], downtime=timedelta(milliseconds=ms))


def test_a_repeated_delivery_has_one_effect() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER, faults=EVERYTHING_TWICE)
    stage.order("once")
    stage.run(10_000)
    assert stage.orders() == ["once"]
    assert stage.venue.ran == [(Service.RISK, "do once")]
    assert len([each for each in stage.core(Service.NOTIFIER).taken if isinstance(each, Alert)]) == 1


def test_a_decision_is_stored_told_and_done() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER)
    stage.order("now")
    stage.run(100)
    assert list(stage.desk.records(Service.RISK)) == ["now"]
    assert [type(message) for message in stage.told] == [RiskState, Alert]
    assert stage.venue.ran == [(Service.RISK, "do now")]
    assert stage.desk.mode is SystemMode.HALTED


def test_a_core_starts_once_and_ticks_at_its_interval() -> None:
    core = Stage(Service.RISK).run(1_000).core()
    assert core.starts == [START]
    assert len(core.ticks) == 5
    assert {after - before for before, after in pairwise(core.ticks[1:])} == {timedelta(milliseconds=240)}


def test_what_the_venue_says_goes_to_the_service_it_says_it_to() -> None:
    stage = Stage(Service.RISK, Service.EXECUTION)
    said = risk_state(START, "said")
    stage.venue.says = [(Service.EXECUTION, said)]
    stage.run(100)
    assert stage.core(Service.EXECUTION).taken == [said]
    assert stage.core().taken == []


def test_the_digest_is_of_what_was_published() -> None:
    def digest(reason: str) -> str:
        global new_id  # noqa: PLW0603 - the ids of a run begin anew
        new_id = seeded_ids(9)
        stage = Stage(Service.RISK)
        stage.order(reason)
        return stage.run(1_000).desk.digest

    assert digest("one") == digest("one")
    assert digest("one") != digest("other")


def test_a_process_lost_before_its_commit_leaves_nothing_and_takes_the_work_again() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER, kills=kills(KillMoment.BEFORE_COMMIT))
    stage.order("again")
    stage.run(60)
    assert list(stage.desk.records(Service.RISK)) == []
    assert (stage.told, stage.venue.ran) == ([], [])
    stage.run(1_000)
    assert stage.orders() == ["again", "again"]
    assert [core.built_from for core in stage.built[Service.RISK]] == [(), ()]
    assert list(stage.desk.records(Service.RISK)) == ["again"]
    assert stage.venue.ran == [(Service.RISK, "do again")]
    assert [type(message) for message in stage.told] == [RiskState, Alert]


def test_a_process_lost_after_its_commit_keeps_its_records_and_what_it_owes_and_nothing_else() -> None:
    stage = Stage(Service.RISK, Service.NOTIFIER, kills=kills(KillMoment.AFTER_COMMIT))
    stage.order("kept")
    stage.run(60)
    assert list(stage.desk.records(Service.RISK)) == ["kept"]
    assert (stage.told, stage.venue.ran) == ([], [])
    stage.run(1_000)
    assert stage.orders() == ["kept"], "taken once, by the process that died of it"
    assert stage.core().built_from == ("kept",)
    assert stage.core().starts != []
    assert [type(message) for message in stage.told] == [Alert], "a state is lost, work is owed"
    assert stage.venue.ran == []


def test_while_a_process_is_away_work_waits_for_it_in_order_and_all_else_is_lost() -> None:
    stage = Stage(Service.RISK, Service.EXECUTION, kills=kills(KillMoment.AFTER_COMMIT, ms=1_000))
    stage.order("first")
    stage.run(100)
    stage.order("second")
    stage.venue.says = [(Service.RISK, risk_state(START, "unheard"))]
    stage.run(20)
    stage.order("third")
    stage.run(700)
    assert stage.orders() == ["first"]
    assert stage.core().ticks == []
    stage.run(1_000)
    assert stage.orders() == ["first", "second", "third"]
    assert stage.core().ticks != []
    assert all(not isinstance(message, RiskState) for core in stage.built[Service.RISK] for message in core.taken)


def test_a_process_that_comes_back_hears_the_last_state_before_the_work_that_waited() -> None:
    plan = Kills([Kill(START, Service.EXECUTION, KillMoment.AFTER_COMMIT)], downtime=timedelta(seconds=1))
    stage = Stage(Service.EXECUTION, Service.RISK, kills=plan)
    stage.order("first")
    stage.run(100)
    stage.order("second")
    stage.run(2_000)
    state, work = stage.core(Service.EXECUTION).taken[:2]
    assert isinstance(state, RiskState)
    assert isinstance(work, Halt)
    assert (state.reason, work.reason) == ("second", "second")


def test_the_venue_hears_of_a_loss_and_of_the_return() -> None:
    stage = Stage(Service.RISK, kills=kills(KillMoment.AFTER_COMMIT))
    stage.order("now")
    stage.run(60)
    assert stage.venue.lives == ["risk lost"]
    stage.run(1_000)
    assert stage.venue.lives == ["risk lost", "risk returned"]


@pytest.mark.parametrize("first", list(KillMoment))
def test_a_process_lost_again_as_it_comes_back_still_comes_back(first: KillMoment) -> None:
    plan = kills(first, KillMoment.BEFORE_COMMIT, KillMoment.AFTER_COMMIT)
    stage = Stage(Service.RISK, kills=plan)
    stage.order("one")
    stage.order("two")
    stage.run(3_000)
    assert len(plan.struck) == 3
    assert list(stage.desk.records(Service.RISK)) == ["one", "two"]
    assert stage.venue.lives.count("risk lost") == 3
    assert stage.venue.lives[-1] == "risk returned"


def test_a_kill_waits_for_a_decision_that_has_something_to_lose_and_strikes_its_own_service() -> None:
    plan = Kills([Kill(START + timedelta(milliseconds=200), Service.RISK, KillMoment.AFTER_COMMIT)])
    stage = Stage(Service.RISK, Service.EXECUTION, kills=plan)
    stage.order("too early")
    stage.run(1_000)
    assert plan.struck == []
    stage.order("now")
    stage.run(40)
    assert [kill.service for kill in plan.struck] == [Service.RISK]
    assert len(stage.built[Service.EXECUTION]) == 1


def test_no_kill_strikes_after_the_end_of_its_plan() -> None:
    plan = Kills([Kill(START, Service.RISK, KillMoment.AFTER_COMMIT)], until=START + timedelta(milliseconds=100))
    stage = Stage(Service.RISK, kills=plan)
    stage.run(200)
    stage.order("late")
    stage.run(1_000)
    assert plan.struck == []
    assert len(stage.built[Service.RISK]) == 1
