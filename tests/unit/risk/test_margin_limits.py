"""How near a derivatives account comes to its end; every perpetual here needs 1 % maintenance."""

from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import RiskDesk, check, closings, decision, figures, limits_with

from poise_common.contracts.packages import Verdict
from poise_common.contracts.state import SystemMode


def margin(desk: RiskDesk, balance: int, maintenance: int = 0) -> None:
    account = desk.account(margin_balance_usd=Decimal(balance), maintenance_margin_usd=Decimal(maintenance))
    desk.portfolio(accounts=(account,))


def test_derivatives_are_at_most_twice_the_margin_balance(desk: RiskDesk) -> None:
    # 6,000 of margin carry 12,000; 8,000 are short already, so 4,000 are left.
    desk.hold("ETH", 8_000)
    margin(desk, 6_000)
    outputs = desk.send(desk.request("BTC", 8_000))
    measured = check(outputs, "effective_leverage")
    assert measured.value == pytest.approx(Decimal(16_000) / 6_000)
    assert figures(measured.allowed, measured.passing_exposure_usd) == (2, 4_000)
    assert decision(outputs).approved_exposure_usd == 4_000


def test_reservations_weigh_on_the_account_too(desk: RiskDesk) -> None:
    margin(desk, 6_000)
    desk.open("ETH", 8_000)
    assert check(desk.send(desk.request("BTC", 8_000)), "effective_leverage").passing_exposure_usd == 4_000


def test_an_account_without_margin_carries_nothing(desk: RiskDesk) -> None:
    margin(desk, 0)
    decided = decision(desk.send(desk.request("BTC", 8_000)))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "effective_leverage")


def test_entries_stop_where_margin_is_twice_its_maintenance() -> None:
    # 40,000 / 2 = 20,000 of maintenance are allowed; 19,960 are reported, and 1 % of 4,000 is the other 40.
    narrow = {"move_pct": 1, "margin_ratio_min": 1.5}
    desk = RiskDesk(limits_with(liquidation_distance_min_pct=16, stress=narrow)).ready()
    margin(desk, 40_000, 19_960)
    outputs = desk.send(desk.request("BTC", 8_000))
    measured = check(outputs, "margin_ratio")
    assert measured.value == Decimal(40_000) / Decimal(20_040)
    assert figures(measured.allowed, measured.passing_exposure_usd) == (2, 4_000)
    assert decision(outputs).binding_limit == "margin_ratio"


def test_maintenance_is_the_larger_of_reported_and_reckoned(desk: RiskDesk) -> None:
    # 8,000 held need 80 by the rules although the account reports nothing yet; 8,000 more need another 80.
    desk.hold("ETH", 8_000)
    margin(desk, 40_000, 0)
    assert check(desk.send(desk.request("BTC", 8_000)), "margin_ratio").value == Decimal(40_000) / 160


def test_every_short_leg_survives_a_rise_of_a_quarter_after_the_trade() -> None:
    # 2,500 of margin, 1 % maintenance, nothing held: X with 2,500 - 0.01 X = 0.25 x 1.01 X is 9,523.80.
    desk = RiskDesk(limits_with(effective_leverage_max=10)).ready()
    margin(desk, 2_500)
    outputs = desk.send(desk.request("BTC", 10_000))
    measured = check(outputs, "liquidation_distance")
    assert measured.value == Decimal(2_400) * 100 / (Decimal(10_000) * Decimal("1.01"))
    assert measured.passing_exposure_usd == Decimal("9523.80")
    assert decision(outputs).binding_limit == "liquidation_distance"
    assert decision(outputs).approved_exposure_usd == 9_523


def test_a_short_that_is_held_must_survive_the_new_ones_maintenance() -> None:
    # ETH: 9,800 short; it needs 0.25 x 1.01 x 9,800 = 2,474.50 of the 2,500 - 98 that are free: nothing passes.
    desk = RiskDesk(limits_with(effective_leverage_max=10)).ready()
    desk.hold("ETH", 9_800)
    margin(desk, 2_500)
    outputs = desk.send(desk.request("BTC", 2_000))
    measured = check(outputs, "liquidation_distance")
    assert figures(measured.passed, measured.passing_exposure_usd) == (False, 0)
    assert "ETH/USDT:USDT" in measured.detail


def test_thin_margin_reduces_the_system_until_it_has_recovered(desk: RiskDesk) -> None:
    margin(desk, 40_000, 20_100)
    desk.tick()
    modes = [desk.state.mode]
    for maintenance_usd in (19_000, 18_000):
        margin(desk, 40_000, maintenance_usd)
        modes.append(desk.state.mode)
    assert modes == [SystemMode.REDUCING, SystemMode.REDUCING, SystemMode.ACTIVE]
    assert desk.state.set_by == "risk"


def test_margin_below_one_and_a_half_times_maintenance_shrinks_the_largest_package_first(desk: RiskDesk) -> None:
    desk.hold("ETH", 4_000)
    largest = desk.hold("BTC", 8_000)
    thin = desk.account(maintenance_margin_usd=Decimal(27_000))
    (shrunk,) = closings(desk.portfolio(accounts=(thin,)))
    assert shrunk.package_id == largest.package_id
    assert [leg.quantity for leg in shrunk.legs] == [40, 40]
    assert not closings(desk.portfolio(accounts=(thin,)))
