"""The phase is told, taken by a person through a gate that is met, and survives a restart."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.phase_desk import PhaseDesk

from poise_common.contracts.control import Severity
from poise_common.contracts.packages import Verdict
from poise_common.contracts.state import SystemMode
from poise_portfolio.domain.phases.records import EventKind, PhaseChange, PhaseEvent

JULY = datetime(2026, 7, 1, 1, tzinfo=UTC)
ENVELOPE = {"id", "trace_id", "hops"}


def proven(*, months_of: tuple[str, ...] = ("BTC",), until: datetime = JULY) -> PhaseDesk:
    """A desk in phase 0 that has all that phase 1 asks for: April, May and June made money, and a drill."""
    desk = PhaseDesk().live().drill()
    while desk.now < until:
        for asset in months_of:
            desk.earn(asset, 100)
        desk.live(5)
    return desk


@pytest.fixture(scope="module")
def lived() -> PhaseDesk:
    """Such a desk: living through four months once is enough for all tests."""
    return proven()


@pytest.fixture
def ready(lived: PhaseDesk) -> PhaseDesk:
    return lived.restarted().speak().wait(60)


@pytest.mark.parametrize("initial", range(4))
def test_a_desk_without_a_phase_on_record_begins_with_the_configured_one(initial: int) -> None:
    desk = PhaseDesk(initial)
    first = desk.phases[0]
    assert (first.phase, first.set_by, first.since) == (initial, "start", first.as_of)
    assert first.next_phase == (initial + 1 if initial < 3 else None)
    assert bool(first.gate) is (initial < 3)
    assert desk.stored(PhaseChange)[0].phase == initial


def test_a_restart_goes_on_in_the_phase_on_record_whatever_is_configured() -> None:
    desk = PhaseDesk(2)
    desk.changes["initial"] = 0
    again = desk.restarted()
    assert [phase.phase for phase in again.phases] == [2]
    assert again.stored(PhaseChange) == desk.stored(PhaseChange)


def test_the_phase_is_repeated_at_its_interval_and_not_more_often() -> None:
    desk = PhaseDesk()
    told = len(desk.phases)
    for _ in range(20):
        desk.wait(1)
    assert len(desk.phases) - told == 4


def test_a_gate_says_of_each_thing_what_is_there_and_what_is_needed() -> None:
    desk = PhaseDesk().live()
    assert [(line.name, line.is_required) for line in desk.phase.gate] == [
        ("profitable months on BTC", True),
        ("drawdown", True),
        ("kill switch tested", True),
        ("uptime", True),
        ("unresolved locks", True),
        ("Sharpe ratio", False),
        ("win rate", False),
    ]
    assert desk.missing == ["profitable months on BTC", "kill switch tested"]
    months = desk.line("profitable months on BTC")
    assert (months.value, months.needed) == ("0 in a row, of 0 whole in this phase", "3 in a row")
    assert desk.line("drawdown").value == "0.0 %"


@pytest.mark.parametrize(
    ("phase", "names"),
    [
        (
            1,
            [
                "profitable months on BTC",
                "profitable months on ETH",
                "correlation matrices fresh",
                "portfolio limits breached",
                "ETH profitable",
                "Sharpe ratio",
            ],
        ),
        (2, ["stable months", "slot rule exercised", "sizing within its caps"]),
        (3, []),
    ],
)
def test_each_phase_has_the_gate_of_the_next(phase: int, names: list[str]) -> None:
    assert [line.name for line in PhaseDesk(phase).phase.gate] == names


def test_a_promotion_is_refused_with_what_is_missing_and_put_on_record() -> None:
    desk = PhaseDesk().live()
    answer = desk.answer(desk.order(1, "impatience").id)
    assert (answer.phase, answer.refusal is None) == (0, False)
    assert "profitable months on BTC: 0 in a row, of 0 whole in this phase, needed 3 in a row" in str(answer.refusal)
    assert "kill switch tested: never" in str(answer.refusal)
    (refused,) = [event for event in desk.stored(PhaseEvent) if event.kind is EventKind.REFUSED]
    assert (refused.subject, refused.detail.startswith("phase 1 (impatience): the gate")) == ("ada", True)
    assert desk.wait(10).phase.refusal is None, "only the answer says it"


def test_a_person_takes_the_desk_on_once_the_gate_is_met(ready: PhaseDesk) -> None:
    assert ready.missing == []
    answer = ready.answer(ready.order(1, "three months of BTC").id)
    assert (answer.phase, answer.set_by, answer.reason, answer.since) == (1, "ada", "three months of BTC", ready.now)
    assert (answer.refusal, answer.next_phase) == (None, 2)
    (alert,) = [alert for alert in ready.alerts if alert.name == "phase_changed"]
    assert (alert.severity, alert.firing) == (Severity.INFO, False)
    assert ready.stored(PhaseChange)[-1].phase == 1


def test_nothing_takes_the_desk_on_by_itself(ready: PhaseDesk) -> None:
    assert ready.live(3).phase.phase == 0


def test_what_is_only_recommended_keeps_nobody_back(ready: PhaseDesk) -> None:
    assert not ready.line("win rate").is_met
    assert ready.answer(ready.order(1).id).phase == 1


@pytest.mark.parametrize(
    ("harm", "missing"),
    [
        (lambda desk: desk.locked().wait(60), "unresolved locks"),
        (lambda desk: desk.restarted().wait(10), "unresolved locks"),  # execution has not spoken yet
        (lambda desk: desk.earn("BTC", -400).live(36), "profitable months on BTC"),
    ],
)
def test_each_requirement_by_itself_keeps_the_desk_back(
    ready: PhaseDesk, harm: Callable[[PhaseDesk], PhaseDesk], missing: str
) -> None:
    desk = harm(ready)
    assert desk.missing == [missing]
    answer = desk.answer(desk.order(1).id)
    assert answer.phase == 0
    assert missing in str(answer.refusal)


@pytest.mark.parametrize(
    ("phase", "why"),
    [
        (2, "phases are taken one by one; after 0 comes 1"),
        (0, "the desk is in phase 0 already"),
        (4, "there is no phase 4; phases are 0 to 3"),
        (-1, "there is no phase -1; phases are 0 to 3"),
    ],
)
def test_only_the_next_phase_can_be_taken(ready: PhaseDesk, phase: int, why: str) -> None:
    answer = ready.answer(ready.order(phase).id)
    assert (answer.phase, answer.refusal) == (0, why)


def test_an_order_that_is_told_twice_counts_once(ready: PhaseDesk) -> None:
    order = ready.order(1)
    changes = len(ready.stored(PhaseChange))
    ready.tell(order)
    assert ready.phase.phase == 1
    assert len(ready.stored(PhaseChange)) == changes
    assert len([phase for phase in ready.phases if phase.trace_id == order.trace_id]) == 1


def test_a_person_may_take_the_desk_back_at_any_time_and_the_proof_begins_anew(ready: PhaseDesk) -> None:
    ready.order(1)
    answer = ready.answer(ready.order(0, "second thoughts").id)
    assert (answer.phase, answer.refusal) == (0, None)
    assert ready.missing[:1] == ["profitable months on BTC"]
    assert ready.line("kill switch tested").value == "never"
    assert ready.answer(ready.order(1).id).refusal is not None


def test_several_steps_back_are_one_order() -> None:
    desk = PhaseDesk(3)
    assert desk.answer(desk.order(0).id).phase == 0


STEPS = st.lists(
    st.sampled_from(["live", "earn", "lose", "halt", "resume", "lock", "unlock", "demote", "promote", "slot", "open"]),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.integers(0, 25))
def test_a_restart_anywhere_goes_on_with_the_same_phase_and_gate(steps: list[str], restart_after: int) -> None:
    unbroken, broken = PhaseDesk(1), PhaseDesk(1)
    for place, step in enumerate(steps):
        if place == restart_after:
            broken = broken.restarted().speak()
            unbroken.speak()
        for desk in (unbroken, broken):
            take(desk, step)
    for desk in (unbroken, broken):
        desk.speak().wait(60).wait(60)  # time is counted from the first look after a start on
    assert broken.phase.model_dump(exclude=ENVELOPE) == unbroken.phase.model_dump(exclude=ENVELOPE)


def take(desk: PhaseDesk, step: str) -> None:
    match step:
        case "live":
            desk.live()
        case "earn":
            desk.earn("BTC", 50).wait(60)
        case "lose":
            desk.earn("ETH", -9_000).wait(60)
        case "halt":
            desk.turn(SystemMode.HALTED, "drill").wait(60)
        case "resume":
            desk.turn(SystemMode.ACTIVE, "done").wait(60)
        case "lock":
            desk.locked().wait(60)
        case "unlock":
            desk.unlocked().wait(60)
        case "demote":
            desk.order(max(desk.phase.phase - 1, 0))
        case "promote":
            desk.order(desk.phase.phase + 1)
        case "slot":
            desk.tell(desk.decided(Verdict.REJECTED, binding_limit="tier_slots"))
        case "open":
            desk.tell(desk.decided())
