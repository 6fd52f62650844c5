"""What counts for and against a phase: months, drills, slots, sizes, uptime, matrices."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.unit.portfolio.desk import PERPETUAL, SPOT
from tests.unit.portfolio.phase_desk import PhaseDesk

from poise_common.contracts.packages import PackageAction, Verdict
from poise_common.contracts.state import SystemMode
from poise_portfolio.domain.phases.records import AssetMonth, EventKind, PhaseDay, PhaseEvent

APRIL, MAY, JUNE, JULY = (datetime(2026, month, 1, 1, tzinfo=UTC) for month in (4, 5, 6, 7))


def months(desk: PhaseDesk, asset: str = "BTC") -> dict[date, int]:
    """What an asset earned by month, as stored."""
    return {month.month: int(month.earned_usd) for month in desk.phase_books().months if month.asset == asset}


def stored(desk: PhaseDesk, kind: EventKind) -> list[PhaseEvent]:
    return [event for event in desk.stored(PhaseEvent) if event.kind is kind]


def streak(desk: PhaseDesk, asset: str = "BTC") -> str:
    return desk.line(f"profitable months on {asset}").value


def test_a_month_counts_once_it_was_lived_through_whole() -> None:
    desk = PhaseDesk().earn("BTC", 10).live_until(APRIL)
    assert streak(desk) == "0 in a row, of 0 whole in this phase", "March began before the desk did"
    desk.earn("BTC", 10).live_until(MAY)
    assert streak(desk) == "1 in a row, of 1 whole in this phase"
    desk.live_until(JUNE)
    assert streak(desk) == "0 in a row, of 2 whole in this phase", "May made nothing"
    desk.earn("BTC", 10).live_until(JULY)
    assert streak(desk) == "1 in a row, of 3 whole in this phase"


def test_what_was_earned_falls_to_the_month_it_was_earned_in() -> None:
    desk = PhaseDesk().live(2).earn("BTC", 10).live_until(APRIL).earn("BTC", -30).live_until(MAY).earn("BTC", 7).live()
    assert months(desk) == {date(2026, 3, 1): 10, date(2026, 4, 1): -30, date(2026, 5, 1): 7}


def test_what_is_earned_while_the_service_is_away_over_a_months_end_is_not_lost() -> None:
    desk = PhaseDesk().live().earn("BTC", 10).live()
    again = desk.restarted()
    again.now = APRIL
    again.earn("BTC", 5).speak().wait(60).live()
    assert months(again) == {date(2026, 3, 1): 10, date(2026, 4, 1): 5}


def test_an_asset_that_the_desk_never_had_begins_with_nothing() -> None:
    desk = PhaseDesk().earn("BTC", 1).live().earn("ETH", 10).live()
    assert months(desk, "ETH") == {date(2026, 3, 1): 10}


def test_what_a_ledger_had_earned_before_anybody_watched_is_no_result_of_the_month() -> None:
    desk = PhaseDesk().earn("BTC", 500)
    assert desk.live().stored(AssetMonth)[0].earned_usd == 0


def test_what_is_unrealised_counts_in_its_month_too() -> None:
    desk = PhaseDesk().live()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.book(SPOT, 130.0)).wait(60)
    assert desk.wait(60).stored(AssetMonth)[-1].earned_usd == 30


@pytest.mark.parametrize(
    ("halted_for", "halted_by", "resumed_by", "counts"),
    [
        ("drill", "ada", "ada", True),
        ("Drill: Tuesday's", "ada", "grace", True),
        ("looks odd", "ada", "ada", False),
        ("no drill", "ada", "ada", False),
        ("drill", "ada", "risk", False),
    ],
)
def test_a_drill_is_a_halt_that_says_so_and_a_persons_resume(
    halted_for: str, halted_by: str, resumed_by: str, counts: bool
) -> None:
    desk = PhaseDesk().speak().turn(SystemMode.HALTED, halted_for, halted_by)
    assert desk.wait(10).line("kill switch tested").value == "never", "it is not over"
    desk.turn(SystemMode.ACTIVE, "it works", resumed_by).wait(10)
    line = desk.line("kill switch tested")
    assert line.is_met is counts
    assert (f"by {resumed_by}: {halted_for} ({halted_by})" in line.value) is counts


def test_a_flattening_that_ends_while_halted_is_the_same_drill() -> None:
    desk = PhaseDesk().speak().turn(SystemMode.HALTED, "drill")
    desk.turn(SystemMode.HALTED, "drill; all packages are closed").turn(SystemMode.ACTIVE, "it works").wait(10)
    assert "drill; all packages are closed (ada)" in desk.line("kill switch tested").value
    assert len([event for event in desk.phase_books().events if event.kind is EventKind.DRILL]) == 1


def test_a_mode_that_is_repeated_is_put_down_once_and_ends_with_the_next() -> None:
    desk = PhaseDesk().speak().speak().live(2).turn(SystemMode.HALTED, "odd").speak().wait(10)
    modes = [event for event in desk.phase_books().events if event.kind is EventKind.MODE]
    assert [(mode.subject, mode.ended_at) for mode in modes] == [("active", modes[1].at), ("halted", None)]
    assert modes[1].detail == "odd (ada)"


def test_the_slot_rule_is_exercised_by_a_request_that_found_no_slot() -> None:
    desk = PhaseDesk(2).speak()
    desk.tell(desk.decided(Verdict.REJECTED, binding_limit="collar")).wait(10)
    assert desk.line("slot rule exercised").value == "never"
    for _ in range(3):
        desk.tell(desk.decided(Verdict.REJECTED, binding_limit="tier_slots"))
    desk.wait(10)
    assert desk.line("slot rule exercised").value == f"{desk.now:%Y-%m-%d %H:%M} UTC, BTC: because"
    assert len([event for event in desk.stored(PhaseEvent) if event.kind is EventKind.SLOT]) == 1, (
        "once a day is enough"
    )
    desk.live(2).tell(desk.decided(Verdict.REJECTED, binding_limit="packages_open"))
    assert len([event for event in desk.stored(PhaseEvent) if event.kind is EventKind.SLOT]) == 2


def test_sizes_are_kept_once_something_was_opened_and_nothing_beyond_its_cap() -> None:
    desk = PhaseDesk(2).speak().wait(10)
    assert not desk.line("sizing within its caps").is_met
    decided = desk.decided(Verdict.APPROVED_SMALLER, binding_limit="position_size", exposure_usd=10_000)
    desk.tell(decided, decided).wait(10)
    assert (desk.line("sizing within its caps").is_met, desk.line("sizing within its caps").value) == (
        True,
        "0 of 1 openings beyond",
    )
    desk.tell(desk.decided(exposure_usd=10_001)).wait(10)
    assert (desk.line("sizing within its caps").is_met, desk.line("sizing within its caps").value) == (
        False,
        "1 of 2 openings beyond",
    )


def test_three_assets_must_have_been_stable_and_traded() -> None:
    desk = PhaseDesk(2)
    while desk.now < JULY:
        # half a percent of 100,000 a month is what an asset may lose
        desk.earn("BTC", 40).earn("ETH", -40).earn("SOL", -90).live(5)
    assert desk.line("stable months").value == "BTC 3, ETH 3, SOL 0, BNB 0"
    assert not desk.line("stable months").is_met


def test_the_share_of_time_in_which_everybody_spoke_is_the_uptime() -> None:
    desk = PhaseDesk(0).speak().wait(10).live(8)
    assert desk.line("uptime").value == "100.00 % of 8.0 days"
    desk.execution_speaks = False
    desk.live(3)
    assert desk.line("uptime").value.endswith("% of 11.0 days")
    share = float(desk.line("uptime").value.split()[0])
    assert share == pytest.approx(100 * 8.5 / 11, abs=0.1), "it is silent after half a day"
    assert not desk.line("uptime").is_met


def test_stale_matrices_are_seen() -> None:
    a_day: dict[str, Any] = {"to_phase_2.matrix_max_age_s": {"90d": 90_000}}
    fresh, stale = PhaseDesk(1).live(4), PhaseDesk(1, **a_day).live(4)
    assert (fresh.line("correlation matrices fresh").is_met, fresh.line("correlation matrices fresh").value) == (
        True,
        "100.00 % of the time",
    )
    assert not stale.line("correlation matrices fresh").is_met


def test_packages_that_earned_more_than_their_fees_are_won() -> None:
    desk = PhaseDesk(0).speak()
    for price, fee in (("110", "1"), ("100", "1"), ("120", "30")):
        package_id = desk.new_id(desk.now)
        close = PackageAction.CLOSE
        desk.tell(
            desk.fill(SPOT, "buy", "1", "100", package_id=package_id),
            desk.fill(PERPETUAL, "sell", "1", "100", package_id=package_id),
            desk.opened(package_id),
            desk.fill(SPOT, "sell", "1", price, package_id=package_id, action=close, fee=fee),
            desk.fill(PERPETUAL, "buy", "1", "100", package_id=package_id, action=close),
        )
        closed = desk.closed(package_id)
        desk.tell(closed, closed)
    assert desk.wait(10).line("win rate").value == "33.3 % of 3 packages"
    day = desk.stored(PhaseDay)[-1]
    assert (day.packages_won, day.packages_lost) == (1, 2)


def test_the_sharpe_ratio_is_of_the_days_that_are_over() -> None:
    desk = PhaseDesk(0)
    assert desk.live(2).line("Sharpe ratio").value == "not known"
    for place in range(20):
        desk.earn("BTC", 100 + place % 3).live(1)
    assert desk.line("Sharpe ratio").is_met
    before = desk.line("Sharpe ratio").value
    desk.earn("BTC", -5_000).wait(60)
    assert desk.line("Sharpe ratio").value == before, "today is not over"
