"""What risk does about how execution stands with a venue."""

from datetime import timedelta
from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import TIERS, RiskDesk, alerts, check, closings, decision, difference, perpetual, spot

from poise_common.contracts.control import Flatten, Resume
from poise_common.contracts.execution import Difference, DifferenceKind, RefusalReason
from poise_common.contracts.packages import CloseReason, OrderStyle, PackageApproved, PackageState, Verdict
from poise_common.contracts.state import SystemMode
from poise_risk.domain.records import ApprovalRecord

BALANCE, POSITION, ORDER = DifferenceKind


def close_reasons(desk: RiskDesk) -> list[CloseReason | None]:
    return [each.close_reason for each in desk.stored if isinstance(each, ApprovalRecord)]


def test_a_lock_halts_and_closes_nothing(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.hold("ETH")
    desk.portfolio()
    assert not closings(desk.venue(lock=desk.lock()))
    assert not closings(desk.wait(60))
    state = desk.state
    assert (state.mode, state.set_by, state.flattening) == (SystemMode.HALTED, "execution", False)
    assert state.reason == "paper differs from our books: position BTC/USDT:USDT (futures) is -40, not -80"
    assert decision(desk.send(desk.request("ETH"))).verdict is Verdict.REJECTED


def test_the_reason_names_the_first_lines_and_how_many_more_there_are(desk: RiskDesk) -> None:
    lines = [difference(ORDER, str(number), "0", "1") for number in range(5)]
    desk.venue(lock=desk.lock(*lines))
    assert desk.state.reason.endswith("order 2 (futures) is 1, not 0; and 2 more")


def test_an_acknowledged_lock_leaves_the_desk_halted_until_a_person_resumes(desk: RiskDesk) -> None:
    desk.venue(lock=desk.lock())
    desk.wait(5)
    assert desk.state.mode is SystemMode.HALTED
    desk.command(Resume)
    assert desk.state.mode is SystemMode.ACTIVE


def test_nobody_resumes_a_desk_with_a_lock(desk: RiskDesk) -> None:
    desk.venue(lock=desk.lock())
    desk.command(Resume)
    assert desk.state.mode is SystemMode.HALTED


@pytest.mark.parametrize(
    ("line", "closed"),
    [
        (difference(POSITION, "BTC/USDT:USDT", "-80", "-40"), {"ETH"}),
        (difference(BALANCE, "ETH", "80", "79", "spot"), {"BTC"}),
        (difference(BALANCE, "USDT", "5000", "4000", "spot"), {"BTC", "ETH"}),
        (difference(BALANCE, "BTC", "1", "0", "futures"), {"BTC", "ETH"}),
        (difference(POSITION, "BTC/USDT:USDT", "-80", "-80"), {"BTC", "ETH"}),
        (difference(ORDER, "81234", "0", "5", "spot"), {"BTC", "ETH"}),
    ],
)
def test_a_flattening_leaves_alone_what_a_lock_is_about(desk: RiskDesk, line: Difference, closed: set[str]) -> None:
    desk.hold("BTC")
    desk.hold("ETH")
    desk.portfolio()
    desk.venue(lock=desk.lock(line))
    assert {each.asset for each in closings(desk.command(Flatten))} == closed


def test_what_a_lock_was_about_is_flattened_once_it_is_over(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.venue(lock=desk.lock())
    assert not closings(desk.command(Flatten))
    assert closings(desk.wait(1))


def test_an_unhedged_package_is_closed_and_its_closing_tried_again(desk: RiskDesk) -> None:
    desk.hold("BTC", state=PackageState.HALTED)
    (first,) = closings(desk.portfolio())
    assert (close_reasons(desk), first.style) == ([CloseReason.UNHEDGED], OrderStyle.IOC)
    desk.refused(first, RefusalReason.LOCKED)
    (second,) = closings(desk.wait(2))
    assert second.package_id == first.package_id


def test_an_unhedged_package_is_closed_while_only_exits_pass(desk: RiskDesk) -> None:
    desk.hold("BTC", state=PackageState.HALTED)
    thin = (desk.account(maintenance_margin_usd=Decimal(20_100)),)
    assert closings(desk.portfolio(accounts=thin))
    assert desk.state.mode is SystemMode.REDUCING


def test_an_unhedged_package_waits_for_its_venues_acknowledgement_and_for_a_person(desk: RiskDesk) -> None:
    desk.venue(lock=desk.lock())
    desk.hold("BTC", state=PackageState.HALTED)
    assert not closings(desk.portfolio())
    assert not closings(desk.wait(1))
    assert closings(desk.command(Resume))
    assert close_reasons(desk) == [CloseReason.UNHEDGED]


def test_an_unhedged_package_waits_for_a_fresh_book(desk: RiskDesk) -> None:
    desk.hold("BTC", state=PackageState.HALTED)
    desk.now += timedelta(seconds=3)
    assert not closings(desk.portfolio())
    assert closings(desk.wait(0))


@pytest.mark.parametrize(("offset_ms", "killed"), [(1000, False), (1001, True), (-1001, True)])
def test_a_clock_that_is_off_in_more_than_one_reading_pulls_the_kill_switch(
    desk: RiskDesk, offset_ms: int, killed: bool
) -> None:
    desk.hold("BTC")
    desk.portfolio()
    desk.venue(clock_offset_ms=offset_ms)
    assert desk.state.mode is SystemMode.ACTIVE
    desk.now += timedelta(seconds=12)
    desk.books()
    desk.venue(clock_offset_ms=offset_ms)
    assert (desk.state.mode is SystemMode.HALTED, desk.state.flattening) == (killed, killed)
    assert close_reasons(desk) == [CloseReason.KILL_SWITCH] * killed


def test_one_odd_reading_of_a_clock_stops_nothing(desk: RiskDesk) -> None:
    for offset_ms in (5_000, 0, 5_000, 0):
        desk.venue(clock_offset_ms=offset_ms)
        desk.now += timedelta(seconds=10)
    desk.tick()
    assert desk.state.mode is SystemMode.ACTIVE


@pytest.mark.parametrize(("age_s", "passes"), [(60, True), (61, False), (None, False)])
def test_nothing_is_opened_where_the_account_was_not_found_right_lately(
    desk: RiskDesk, age_s: int | None, passes: bool
) -> None:
    desk.venue(reconciled_at=None if age_s is None else desk.now - timedelta(seconds=age_s))
    outputs = desk.send(desk.request("BTC"))
    assert check(outputs, "venues_reconciled").passed is passes
    assert bool([each for each in outputs if isinstance(each, PackageApproved)]) is passes


def test_nothing_is_opened_at_a_venue_that_execution_has_not_told_of() -> None:
    unheard = RiskDesk()
    unheard.universe([(spot(asset), perpetual(asset), tier) for asset, tier in TIERS.items()])
    unheard.books()
    unheard.portfolio()
    assert decision(unheard.send(unheard.request("BTC"))).binding_limit == "venues_reconciled"


def test_a_venue_that_is_not_reconciled_while_holding_there_is_alerted_and_the_alert_ends(desk: RiskDesk) -> None:
    desk.hold("BTC")
    desk.portfolio()
    last = desk.now
    desk.now += timedelta(seconds=61)
    desk.books()
    desk.portfolio()
    desk.venue(reconciled_at=last)
    (begun,) = alerts(desk.tick(), "unreconciled")
    assert (begun.subject, begun.firing) == ("paper", True)
    assert begun.text == "paper was last reconciled 61 s ago, 60 are allowed"
    assert [each.firing for each in alerts(desk.wait(1), "unreconciled")] == [False]


def test_a_venue_where_nothing_is_held_may_go_unreconciled(desk: RiskDesk) -> None:
    desk.now += timedelta(seconds=300)
    assert not alerts(desk.tick(), "unreconciled")


def test_an_older_state_of_a_venue_changes_nothing(desk: RiskDesk) -> None:
    desk.venue(as_of=desk.now - timedelta(seconds=1), lock=desk.lock())
    assert desk.state.mode is SystemMode.ACTIVE
