"""What is approved is reserved until its outcome is known and the ledger shows it."""

from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import RiskDesk, alerts, check, decision, figures

from poise_common.contracts import execution
from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import PackageState, Verdict
from poise_risk.domain.gate.commitments import Commitment


def reserved_usd(desk: RiskDesk) -> Decimal | None:
    """What a further request finds already used."""
    outputs = desk.send(desk.request("ETH", 2_000, expires_at=desk.now))
    if decision(outputs).binding_limit == "request_in_time":
        outputs = desk.send(desk.request("DOT", 990))
    value = check(outputs, "total_exposure").value
    assert value is not None
    return value - 990


def test_two_requests_in_flight_cannot_both_pass_one_limit(desk: RiskDesk) -> None:
    for asset in ("BTC", "ETH", "BTC"):
        desk.open(asset, 10_000)
    desk.open("ETH", 7_500)
    decided = decision(desk.ask(desk.request("SOL", 8_000)))
    assert figures(decided.verdict, decided.approved_exposure_usd) == (Verdict.APPROVED_SMALLER, 2_500)


def test_a_reservation_lasts_until_the_ledger_shows_the_package(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    assert reserved_usd(desk) == 8_000
    desk.opened(approval)
    desk.portfolio()
    assert reserved_usd(desk) == 8_000
    desk.hold("BTC", 7_000, package_id=approval.package_id)
    desk.portfolio()
    assert reserved_usd(desk) == 7_000


def test_a_package_that_is_filling_counts_once_and_whole(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.hold("BTC", 3_000, package_id=approval.package_id, state=PackageState.OPENING)
    desk.portfolio()
    assert reserved_usd(desk) == 8_000


def test_an_aborted_package_frees_what_it_reserved(desk: RiskDesk) -> None:
    desk.aborted(desk.open("BTC", 8_000))
    assert reserved_usd(desk) == 0


@pytest.mark.parametrize("reason", [each for each in RefusalReason if each.ends_the_approval])
def test_a_refused_approval_frees_what_it_reserved(desk: RiskDesk, reason: RefusalReason) -> None:
    desk.refused(desk.open("BTC", 8_000), reason)
    assert reserved_usd(desk) == 0


@pytest.mark.parametrize("reason", [each for each in RefusalReason if not each.ends_the_approval])
def test_a_refused_replay_or_forgery_leaves_the_genuine_approval_as_it_is(
    desk: RiskDesk, reason: RefusalReason
) -> None:
    desk.refused(desk.open("BTC", 8_000), reason)
    assert reserved_usd(desk) == 8_000


def test_a_closed_package_frees_what_it_held(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval)
    desk.closed(approval)
    desk.portfolio()
    assert reserved_usd(desk) == 0


def test_an_approval_without_an_outcome_keeps_its_reservation_and_is_told_before_ten_seconds(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    assert not alerts(desk.wait(8), "approval_unanswered")
    (alert,) = alerts(desk.wait(1), "approval_unanswered")
    assert (alert.firing, alert.subject) == (True, str(approval.package_id))
    desk.wait(3_600)
    assert approval.package_id in desk.core._reservations.commitments
    desk.aborted(approval)
    assert [each.firing for each in alerts(desk.tick(), "approval_unanswered")] == [False]


def test_nothing_is_opened_while_execution_keeps_silent_about_a_package(desk: RiskDesk) -> None:
    """Execution may be away, with one leg filled: risk is the one left to lock the desk."""
    approval = desk.open("BTC", 8_000)
    desk.wait(9)
    desk.ready()
    refused = decision(desk.send(desk.request("ETH")))
    assert (refused.verdict, refused.binding_limit) == (Verdict.REJECTED, "execution_answers")
    desk.opened(approval)
    desk.show(approval)
    assert decision(desk.send(desk.request("ETH"))).verdict is not Verdict.REJECTED


@pytest.mark.parametrize(("held", "expected"), [(Decimal(40), 8_000), (Decimal(0), 0)])
def test_a_locked_package_stays_reserved_for_as_long_as_it_holds_anything(
    desk: RiskDesk, held: Decimal, expected: int
) -> None:
    approval = desk.open("BTC", 8_000)
    desk.send(
        desk.first(
            execution.PackageHalted,
            package_id=approval.package_id,
            approval_id=approval.approval_id,
            strategy=approval.strategy,
            asset=approval.asset,
            reason="one leg would not fill",
            long_quantity=held,
            short_quantity=Decimal(0),
            residual_delta_usd=held * 100,
        )
    )
    assert reserved_usd(desk) == expected


def test_reservations_survive_a_restart(desk: RiskDesk) -> None:
    desk.open("BTC", 8_000)
    opened = desk.open("ETH", 6_000)
    desk.opened(opened)
    again = desk.restarted().ready()
    assert reserved_usd(again) == 14_000
    again.aborted(opened)
    assert reserved_usd(again) == 8_000


def test_an_unanswered_approval_is_told_after_a_restart_too(desk: RiskDesk) -> None:
    desk.open("BTC", 8_000)
    again = desk.restarted().ready()
    assert alerts(again.wait(60), "approval_unanswered")


def test_outcomes_told_twice_change_nothing_the_second_time(desk: RiskDesk) -> None:
    approval = desk.open("BTC", 8_000)
    desk.opened(approval)
    desk.show(approval)
    stored = len([each for each in desk.stored if isinstance(each, Commitment)])
    desk.opened(approval)
    assert reserved_usd(desk) == 8_000
    assert len([each for each in desk.stored if isinstance(each, Commitment)]) >= stored
