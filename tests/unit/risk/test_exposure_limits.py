"""How large, and where: sums worked by hand on 100,000 USD of equity."""

from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import RiskDesk, alerts, check, decision, figures, limits_with, perpetual, spot

from poise_common.contracts.packages import Verdict
from poise_risk.domain.gate.commitments import Commitment


def test_a_package_within_every_limit_is_approved_whole(desk: RiskDesk) -> None:
    decided = decision(desk.send(desk.request("BTC", 10_000)))
    assert decided.verdict is Verdict.APPROVED
    assert decided.approved_exposure_usd == decided.requested_exposure_usd == 10_000
    assert decided.binding_limit is None
    assert all(each.passed for each in decided.checks)


def test_every_limit_of_the_table_is_named(desk: RiskDesk) -> None:
    named = [each.limit for each in decision(desk.send(desk.request())).checks]
    assert set(named) >= {
        "risk_per_trade",
        "asset_daily_loss",
        "position_size",
        "total_exposure",
        "portfolio_daily_loss",
        "drawdown",
        "packages_open",
        "tier_slots",
        "venue_pair",
        "one_venue",
        "one_stablecoin",
        "stablecoin_peg",
        "effective_leverage",
        "margin_ratio",
        "liquidation_distance",
        "price_collar",
        "net_delta",
        "phase",
    }
    assert len(named) == len(set(named))


def test_a_package_above_ten_per_cent_of_equity_is_made_smaller(desk: RiskDesk) -> None:
    decided = decision(desk.send(desk.request("BTC", 12_000)))
    assert decided.verdict is Verdict.APPROVED_SMALLER
    assert decided.binding_limit == "position_size"
    assert decided.approved_exposure_usd == 10_000


def test_risk_per_trade_is_exposure_times_the_stop_distance() -> None:
    # 0.2 % of 100,000 is 200 USD; with a stop 5 % away that is an exposure of 4,000.
    desk = RiskDesk(limits_with(risk_per_trade_pct=Decimal("0.2"))).ready()
    outputs = desk.send(desk.request("BTC", 8_000))
    measured = check(outputs, "risk_per_trade")
    assert figures(measured.value, measured.allowed, measured.passing_exposure_usd) == (400, 200, 4_000)
    assert decision(outputs).approved_exposure_usd == 4_000


def test_total_exposure_counts_what_is_held_and_the_request(desk: RiskDesk) -> None:
    # 4 x 9,000 are held; 40,000 - 36,000 leaves 4,000 of the 8,000.
    for asset in ("BTC", "ETH", "SOL", "BNB"):
        desk.hold(asset, 9_000)
    desk.portfolio()
    outputs = desk.ask(desk.request("ETH", 8_000))
    measured = check(outputs, "total_exposure")
    assert figures(measured.value, measured.allowed, measured.passing_exposure_usd) == (44_000, 40_000, 4_000)
    assert decision(outputs).binding_limit == "total_exposure"
    assert decision(outputs).approved_exposure_usd == 4_000


def test_a_package_counts_its_larger_leg(desk: RiskDesk) -> None:
    request = desk.request("BTC", 8_000, long={"quantity": Decimal("80.04")})
    assert decision(desk.send(request)).requested_exposure_usd == Decimal("8004.00")


def test_a_package_that_would_be_less_than_the_minimum_is_rejected_by_what_made_it_so(desk: RiskDesk) -> None:
    # 40,000 - 39,500 leaves 500, and nothing below 1,000 is worth opening.
    for asset, held in {"BTC": 10_000, "ETH": 10_000, "SOL": 10_000, "BNB": 9_500}.items():
        desk.hold(asset, held)
    desk.portfolio()
    decided = decision(desk.send(desk.request("ETH", 8_000)))
    assert decided.verdict is Verdict.REJECTED
    assert decided.binding_limit == "total_exposure"
    assert decided.approved_exposure_usd == 0
    assert decided.approval_id is None


def test_a_request_below_the_minimum_is_rejected_as_that(desk: RiskDesk) -> None:
    decided = decision(desk.send(desk.request("BTC", 999)))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "package_minimum")


def test_a_leg_below_its_venues_minimum_order_rejects_the_package() -> None:
    desk = RiskDesk().ready()
    desk.universe([(spot("BTC"), perpetual("BTC", min_notional=Decimal(2_000)), 1)])
    decided = decision(desk.send(desk.request("BTC", 1_500)))
    assert (decided.verdict, decided.binding_limit) == (Verdict.REJECTED, "venue_minimums")


def test_a_pair_within_one_venue_is_a_venue_pair() -> None:
    # 5 x 9,500 = 47,500 on paper-paper leaves 2,500 of 50,000.
    config = limits_with(total_exposure_pct=80, packages_open_max=10, slots=None)
    desk = RiskDesk(config).ready()
    for _ in range(5):
        desk.hold("BTC", 9_500)
    desk.portfolio(accounts=(desk.account(margin_balance_usd=Decimal(90_000)),))
    outputs = desk.send(desk.request("ETH", 8_000))
    measured = check(outputs, "venue_pair")
    assert figures(measured.value, measured.allowed, measured.passing_exposure_usd) == (55_500, 50_000, 2_500)
    assert decision(outputs).binding_limit == "venue_pair"


def test_another_pair_of_venues_has_its_own_limit() -> None:
    config = limits_with(total_exposure_pct=80, packages_open_max=10, slots=None)
    desk = RiskDesk(config).ready()
    desk.universe([(spot("ETH", "other"), perpetual("ETH", "other"), 1), (spot("ETH"), perpetual("ETH"), 1)])
    desk.books()
    for _ in range(5):
        desk.hold("BTC", 9_500)
    accounts = (desk.account(margin_balance_usd=Decimal(90_000)), desk.account("other"))
    desk.portfolio(accounts=accounts)
    desk.venue("other")
    outputs = desk.send(desk.request("ETH", 8_000, short={"venue": "other"}))
    assert check(outputs, "venue_pair").value == 8_000


@pytest.mark.parametrize("limit", ["one_venue", "one_stablecoin"])
def test_one_venue_and_one_stablecoin_carry_sixty_per_cent_of_equity(limit: str) -> None:
    # 6 x 9,500 = 57,000 stand on one venue and in one coin; 60,000 - 57,000 leaves 3,000.
    config = limits_with(total_exposure_pct=80, packages_open_max=10, slots=None, venue_pair_max_usd=90_000)
    desk = RiskDesk(config).ready()
    for _ in range(6):
        desk.hold("BTC", 9_500)
    desk.portfolio(accounts=(desk.account(margin_balance_usd=Decimal(90_000)),))
    outputs = desk.send(desk.request("ETH", 8_000))
    measured = check(outputs, limit)
    assert figures(measured.value, measured.allowed, measured.passing_exposure_usd) == (65_000, 60_000, 3_000)
    assert decision(outputs).approved_exposure_usd == 3_000


def test_exposure_above_its_alert_is_told_once_and_taken_back(desk: RiskDesk) -> None:
    for asset in ("BTC", "ETH", "SOL", "BNB"):
        desk.hold(asset, 9_000)
    assert [each.firing for each in alerts(desk.wait(1), "exposure")] == [True]
    assert not alerts(desk.wait(1), "exposure")
    desk.held.popitem()
    assert [each.firing for each in alerts(desk.wait(1), "exposure")] == [False]


def test_both_legs_shrink_together_to_whole_coarser_steps() -> None:
    # Room for 10,000: 105.06 / 105 at 100 shrinks to 99.94 (coarser step 0.01 on the short, 0.02 on the long).
    desk = RiskDesk().ready()
    desk.universe([(spot("BTC", quantity_step=Decimal("0.02")), perpetual("BTC"), 1)])
    request = desk.request("BTC", 10_500, long={"quantity": Decimal("105.06")})
    outputs = desk.send(request)
    (commitment,) = [each for each in desk.stored if isinstance(each, Commitment)]
    quantities = [commitment.long_leg.approved_quantity, commitment.short_leg.approved_quantity]
    assert decision(outputs).verdict is Verdict.APPROVED_SMALLER
    assert all(quantity % Decimal("0.02") == 0 for quantity in quantities)
    assert 0 <= quantities[0] - quantities[1] <= Decimal("0.06")
    assert Decimal(9_990) <= decision(outputs).approved_exposure_usd <= 10_000
