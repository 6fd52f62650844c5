"""What a phase was reached by must go on: a breach takes the desk back, says so, and nothing else does."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.unit.portfolio.desk import PERPETUAL, SPOT, D, balance
from tests.unit.portfolio.phase_desk import PhaseDesk

from poise_common.contracts.control import Severity
from poise_common.contracts.packages import PackageAction, Verdict
from poise_common.contracts.state import LimitHeadroom, SystemMode
from poise_portfolio.domain.phases.records import EventKind, PhaseEvent

APRIL, MAY = (datetime(2026, month, 1, 1, tzinfo=UTC) for month in (4, 5))
Happening = Callable[[PhaseDesk], object]


def desk_in(phase: int, **changes: Any) -> PhaseDesk:
    """A desk that everybody has spoken of and that was looked at once."""
    return PhaseDesk(phase, **changes).speak().wait(10)


def breach_drawdown(desk: PhaseDesk) -> None:
    desk.earn("BTC", -16_000).live()


def breach_lock(desk: PhaseDesk) -> None:
    desk.locked().live(1.5)


def breach_uptime(desk: PhaseDesk) -> None:
    desk.risk_speaks = False
    desk.live(2)


def breach_matrices(desk: PhaseDesk) -> None:
    desk.live(1)


def breach_limit(desk: PhaseDesk) -> None:
    desk.beyond().live()


def breach_size(desk: PhaseDesk) -> None:
    desk.tell(desk.decided(exposure_usd=12_000, cap_usd=10_000)).wait(10)


STALE: dict[str, Any] = {"to_phase_2.matrix_max_age_s": {"90d": 7_500}}
BREACHES = [
    (breach_drawdown, 0, "the drawdown reached -16.0 %, beyond -15 %", {}),
    (breach_lock, 0, "paper has been locked since", {}),
    (breach_uptime, 0, "the desk was down for", {}),
    (breach_matrices, 1, "correlation matrices have been stale since", STALE),
    (breach_limit, 1, "total_exposure stayed breached", {}),
    (breach_size, 2, "was let through beyond its size: position_size: $12,000.00 let through, $10,000.00 passes", {}),
]


@pytest.mark.parametrize(("breach", "back_to", "why", "changes"), BREACHES)
def test_a_breach_of_what_a_phase_required_takes_the_desk_back_and_alerts(
    breach: Happening, back_to: int, why: str, changes: dict[str, Any]
) -> None:
    desk = desk_in(3, **changes)
    breach(desk)
    assert (desk.phase.phase, desk.phase.set_by) == (back_to, "portfolio")
    assert why in desk.phase.reason
    (alert,) = [alert for alert in desk.alerts if alert.name == "phase_demoted"]
    assert (alert.severity, why in alert.text) == (Severity.CRITICAL, True)
    assert f"back from phase 3 to phase {back_to}" in alert.text


@pytest.mark.parametrize(("breach", "back_to", "why", "changes"), BREACHES)
def test_what_a_phase_did_not_require_takes_nothing_back(
    breach: Happening, back_to: int, why: str, changes: dict[str, Any]
) -> None:
    desk = desk_in(back_to, **changes)
    breach(desk)
    assert (desk.phase.phase, desk.phase.set_by) == (back_to, "start")
    assert why not in desk.phase.reason


@pytest.mark.parametrize("breach", [breach for breach, *_ in BREACHES])
def test_a_breach_is_told_once_and_counts_after_a_restart(breach: Happening) -> None:
    desk = desk_in(3, **(STALE if breach is breach_matrices else {}))
    breach(desk)
    told = [phase for phase in desk.phases if phase.set_by == "portfolio"]
    assert len({phase.since for phase in told}) == 1
    assert desk.restarted().phase.model_dump(include={"phase", "since", "reason"}) == told[-1].model_dump(
        include={"phase", "since", "reason"}
    )


@pytest.mark.parametrize(
    "harmless",
    [
        lambda desk: desk.earn("BTC", -14_900).live(),
        lambda desk: desk.locked().live(0.5).unlocked().live(5),
        lambda desk: desk.beyond(value=43_000).live(2),  # what prices do to what is held
        lambda desk: desk.beyond().wait(540).beyond(value=39_000).live(2),  # risk brought it back
        lambda desk: desk.beyond("one_venue").live(2),  # no limit of the whole portfolio
        lambda desk: desk.tell(desk.decided(exposure_usd=12_000, limit="venue_pair")).live(),  # no cap of a size
        lambda desk: desk.tell(desk.decided(Verdict.REJECTED, exposure_usd=12_000)).live(),
        lambda desk: desk.tell(desk.decided(exposure_usd=12_000, action=PackageAction.CLOSE)).live(),
        lambda desk: desk.turn(SystemMode.HALTED, "kill switch: silent feeds", "risk").live(2),
        lambda desk: desk.wait(40 * 86_400).speak().live(),  # away, with nothing held
    ],
)
def test_what_is_no_breach_takes_nothing_back(harmless: Happening) -> None:
    desk = desk_in(3)
    harmless(desk)
    assert [phase.phase for phase in desk.phases] == [3] * len(desk.phases)


def test_away_with_something_held_is_down() -> None:
    desk = desk_in(3)
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "100"), desk.opened())
    desk.wait(86_400).speak().wait(60)
    assert desk.phase.phase == 0
    assert "the desk was down for 24.0 h of the last 30 days" in desk.phase.reason


def test_after_a_drawdown_the_desk_is_measured_from_what_it_has_left() -> None:
    desk = desk_in(3).earn("BTC", -16_000).live()
    assert (desk.phase.phase, desk.line("drawdown").value) == (0, "0.0 %")
    desk.earn("BTC", -8_400).live()
    assert desk.line("drawdown").value == "-10.0 %"


def test_on_the_way_up_the_peak_is_taken_along() -> None:
    one_good_month: dict[str, Any] = {"to_phase_2.assets": ["BTC"], "to_phase_2.profitable_months": 1}
    desk = PhaseDesk(1, **one_good_month).live_until(APRIL).earn("BTC", 100).live_until(MAY)
    desk.earn("BTC", -14_000).live()
    assert desk.answer(desk.order(2).id).phase == 2
    desk.earn("BTC", -1_500).live()
    assert (desk.phase.phase, "the drawdown reached -15.5 %" in desk.phase.reason) == (0, True)


def test_what_is_taken_out_is_no_drawdown_and_what_is_brought_in_hides_none() -> None:
    desk = desk_in(3).live()
    desk.tell(desk.acknowledged(balance("spot", "USDT", "60000", "40000"))).live()
    assert desk.phase.phase == 3
    desk.earn("BTC", -8_000).live().tell(desk.acknowledged(balance("spot", "USDT", "40000", "80000"))).live()
    assert desk.phase.phase == 3
    # 10 % were lost before 40,000 came in; another 6 % of what is there is beyond 15 %.
    desk.earn("BTC", -6_800).live()
    assert (desk.phase.phase, "the drawdown reached -15." in desk.phase.reason) == (0, True)


def test_a_limit_that_is_kept_again_ends_its_breach_and_a_new_one_is_another() -> None:
    desk = desk_in(1)
    for _ in range(2):
        desk.beyond(value=1_000).wait(60).beyond().wait(600).speak()
    limits = [event for event in desk.phase_books().events if event.kind is EventKind.LIMIT]
    assert [event.ended_at is None for event in limits] == [False, True]
    assert "50000 against 40000" in desk.wait(10).line("portfolio limits breached").value
    assert not desk.line("portfolio limits breached").is_met


def test_a_limit_that_must_not_be_undercut_is_breached_below_it() -> None:
    desk = desk_in(1, **{"to_phase_2.portfolio_limits": ["margin_ratio"]})
    desk.headroom = (LimitHeadroom(limit="margin_ratio", value=D(1), allowed=D(2), at_least=True),)
    assert not desk.speak().wait(600).speak().wait(10).line("portfolio limits breached").is_met


def test_a_lock_is_put_down_when_it_begins_and_when_it_ends() -> None:
    desk = desk_in(3).locked()
    (begun,) = [event for event in desk.stored(PhaseEvent) if event.kind is EventKind.LOCK]
    assert (begun.subject, begun.ended_at) == ("paper", None)
    desk.wait(60).unlocked()
    ended = [event for event in desk.stored(PhaseEvent) if event.kind is EventKind.LOCK][-1]
    assert (ended.at, ended.ended_at) == (begun.at, desk.now)
