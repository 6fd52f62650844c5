"""What was lost: by an asset, by the portfolio, from its highest."""

from decimal import Decimal

from tests.unit.risk.risk_desk import RiskDesk, alerts, check, closings, decision, delta, figures

from poise_common.contracts.control import Resume
from poise_common.contracts.packages import CloseReason, Verdict
from poise_common.contracts.state import SystemMode
from poise_risk.domain.records import ApprovalRecord, LosingDay


def test_an_asset_that_lost_three_per_cent_today_gets_no_new_package(desk: RiskDesk) -> None:
    desk.portfolio(deltas=(delta("BTC", -3_000), delta("ETH", -2_999)))
    outputs = desk.send(desk.request("BTC"))
    assert figures(check(outputs, "asset_daily_loss").value, check(outputs, "asset_daily_loss").allowed) == (3, 3)
    assert decision(outputs).binding_limit == "asset_daily_loss"
    assert decision(desk.send(desk.request("ETH"))).verdict is Verdict.APPROVED


def test_the_assets_day_is_lost_even_when_it_recovers(desk: RiskDesk) -> None:
    desk.portfolio(deltas=(delta("BTC", -3_000),))
    desk.portfolio(deltas=(delta("BTC", 500),))
    outputs = desk.send(desk.request("BTC"))
    assert decision(outputs).binding_limit == "asset_daily_loss"
    assert check(outputs, "asset_daily_loss").detail == "reached earlier today"


def test_the_next_utc_day_is_a_new_one(desk: RiskDesk) -> None:
    desk.portfolio(deltas=(delta("BTC", -3_000),))
    desk.wait(24 * 3600)
    assert decision(desk.send(desk.request("BTC"))).verdict is Verdict.APPROVED


def test_open_packages_of_a_losing_asset_are_halved_once(desk: RiskDesk) -> None:
    held = desk.hold("BTC", 8_000)
    approved = closings(desk.portfolio(deltas=(delta("BTC", -3_500),)))
    assert [leg.quantity for leg in approved[0].legs] == [40, 40]
    record = next(each for each in desk.stored if isinstance(each, ApprovalRecord))
    assert record.close_reason is CloseReason.ASSET_DAILY_LOSS
    desk.closed_partly(approved[0], Decimal(40))
    desk.hold("BTC", 4_000, package_id=held.package_id)
    desk.portfolio(deltas=(delta("BTC", -3_600),))
    assert not closings(desk.tick())
    assert LosingDay(day=desk.now.date(), asset="BTC", reduced_packages=(held.package_id,)) in desk.stored


def test_a_lost_day_is_still_lost_after_a_restart(desk: RiskDesk) -> None:
    desk.portfolio(deltas=(delta("BTC", -3_000),))
    again = desk.restarted().ready()
    assert decision(again.send(again.request("BTC"))).binding_limit == "asset_daily_loss"


def test_a_portfolio_loss_of_five_per_cent_in_a_day_pulls_the_kill_switch(desk: RiskDesk) -> None:
    desk.hold("BTC", 8_000)
    desk.hold("ETH", 8_000)
    desk.portfolio(equity_usd=Decimal(95_001))
    assert desk.state.mode is SystemMode.ACTIVE
    outputs = desk.portfolio(equity_usd=Decimal(95_000))
    assert (desk.state.mode, desk.state.set_by, desk.state.epoch) == (SystemMode.HALTED, "risk", 2)
    assert {approval.asset for approval in closings(outputs)} == {"BTC", "ETH"}
    assert all(approval.epoch == 2 for approval in closings(outputs))
    assert [each.firing for each in alerts(outputs, "kill_switch")] == [True]


def test_a_drawdown_of_twenty_per_cent_pulls_the_kill_switch(desk: RiskDesk) -> None:
    # 80,000 is 20 % below 100,000, and the day began at 81,000: 1.2 % today.
    desk.portfolio(equity_usd=Decimal(80_000), day_start_equity_usd=Decimal(81_000))
    assert desk.state.mode is SystemMode.HALTED
    assert "below its highest" in desk.state.reason


def test_a_ledger_that_is_not_open_pulls_nothing(desk: RiskDesk) -> None:
    desk.portfolio(ledger_open=False, equity_usd=Decimal(0))
    assert desk.state.mode is SystemMode.ACTIVE


def test_resuming_while_the_loss_stands_halts_again_at_once(desk: RiskDesk) -> None:
    held = desk.hold("BTC", 8_000)
    desk.portfolio(equity_usd=Decimal(95_000))
    desk.held.pop(held.package_id)
    desk.portfolio(equity_usd=Decimal(95_000))
    desk.command(Resume)
    assert desk.state.mode is SystemMode.HALTED
    assert desk.state.epoch == 3


def test_losses_short_of_their_limits_are_told_with_every_decision(desk: RiskDesk) -> None:
    desk.portfolio(equity_usd=Decimal(95_100), high_water_mark_usd=Decimal(110_000))
    outputs = desk.send(desk.request("BTC"))
    daily, fallen = check(outputs, "portfolio_daily_loss"), check(outputs, "drawdown")
    assert figures(daily.passed, daily.value, daily.allowed) == (True, Decimal("4.9"), 5)
    assert figures(fallen.passed, fallen.value, fallen.allowed) == (True, Decimal(14_900) * 100 / 110_000, 20)
