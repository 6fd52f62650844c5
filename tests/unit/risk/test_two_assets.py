"""Packages of two assets: both count, wherever one would."""

from decimal import Decimal

import pytest
from tests.unit.risk.risk_desk import (
    RiskDesk,
    check,
    closings,
    decision,
    delta,
    every,
    figures,
    limits_with,
    perpetual,
    spot,
)

from poise_common.contracts.control import Flatten
from poise_common.contracts.packages import PackageApproved, Verdict
from poise_common.domain.instruments import Instrument


def test_a_pair_is_let_in_with_its_ratio_signed(desk: RiskDesk) -> None:
    request = desk.pair("ETH", "BTC", ratio=Decimal("0.97"))
    (approved,) = every(desk.send(request), PackageApproved)
    assert approved.approval.hedge_ratio == Decimal("0.97")
    assert [(leg.symbol, leg.quantity) for leg in approved.approval.legs] == [
        ("ETH/USDT:USDT", Decimal(80)),
        ("BTC/USDT:USDT", Decimal("77.6")),
    ]
    assert approved.approval.asset == "ETH"


def test_a_strategy_that_is_not_for_pairs_may_open_none(desk: RiskDesk) -> None:
    refused = check(desk.send(desk.pair(strategy="funding_carry")), "legs_paired")
    assert not refused.passed
    assert "two_assets.strategies" in refused.detail


def test_legs_of_one_asset_hedge_one_to_one(desk: RiskDesk) -> None:
    refused = check(desk.send(desk.request(strategy="pairs", hedge_ratio=Decimal("1.01"))), "legs_paired")
    assert not refused.passed
    assert "one to one" in refused.detail


def test_legs_whose_dollars_are_far_apart_are_no_pair(desk: RiskDesk) -> None:
    refused = check(desk.send(desk.pair(ratio=Decimal("0.45"))), "legs_paired")
    assert not refused.passed
    assert refused.detail == "the legs' dollars are 4400.00 apart, allowed 4000.00"


def test_a_pair_that_borrows_spot_is_refused(desk: RiskDesk) -> None:
    request = desk.pair(short={"symbol": "BTC/USDT"})
    assert check(desk.send(request), "legs_paired").detail == "no borrowing on paper to sell spot short"


def test_quantities_that_the_ratio_does_not_have_are_not_hedged(desk: RiskDesk) -> None:
    request = desk.pair(ratio=Decimal("0.97"), short={"symbol": "BTC/USDT:USDT", "quantity": Decimal("77.5")})
    refused = check(desk.send(request), "legs_hedged")
    # 77.5 of BTC hedge 79.897 of 80 ETH; a step of the short leg is 0.0103 ETH.
    assert not refused.passed
    assert figures(refused.value, refused.allowed) == (
        Decimal(80) - Decimal("77.5") / Decimal("0.97"),
        Decimal("0.01") / Decimal("0.97"),
    )


def test_the_dollars_between_the_legs_count_as_net_delta(desk: RiskDesk) -> None:
    # A share of 0.05 of 8,000 is 400 more; 1 % of equity is 1,000, and leaves 200 of it.
    desk.portfolio(net_delta_usd=Decimal(-800))
    outputs = desk.send(desk.pair("ETH", "BTC", ratio=Decimal("0.95")))
    assert check(outputs, "net_delta").value == 1_200
    smaller = decision(outputs)
    assert (smaller.verdict, smaller.binding_limit) == (Verdict.APPROVED_SMALLER, "net_delta")
    assert figures(smaller.approved_exposure_usd) == (4_000,)


def test_a_beta_that_is_not_one_makes_the_package_as_small_as_the_net_delta_asks(desk: RiskDesk) -> None:
    # 1 % of equity is 1,000, a quarter of 4,000.
    decided = decision(desk.send(desk.pair("ETH", "BTC", 8_000, ratio=Decimal("0.75"))))
    assert (decided.verdict, decided.binding_limit) == (Verdict.APPROVED_SMALLER, "net_delta")
    assert figures(decided.approved_exposure_usd) == (4_000,)


def test_both_assets_must_be_open_in_the_phase(desk: RiskDesk) -> None:
    desk.phase(0)
    assert not check(desk.send(desk.pair("BTC", "ETH")), "phase").passed
    assert not check(desk.send(desk.pair("ETH", "BTC")), "phase").passed


def test_a_loss_of_either_asset_keeps_the_pair_out(desk: RiskDesk) -> None:
    desk.portfolio(deltas=(delta("BTC", -3_100),))
    for request in (desk.pair("ETH", "BTC"), desk.pair("BTC", "ETH")):
        refused = check(desk.send(request), "asset_daily_loss")
        assert figures(refused.passed, refused.value) == (False, Decimal("3.1"))


def test_a_pair_is_of_the_lower_tier_of_its_assets(desk: RiskDesk) -> None:
    desk.open("XRP", 4_000)
    desk.open("SOL", 4_000)
    refused = check(desk.send(desk.pair("ETH", "BNB", 4_000)), "tier_slots")
    assert (refused.passed, refused.detail) == (False, "tier 2")


def test_an_asset_outside_the_universe_makes_no_pair(desk: RiskDesk) -> None:
    assert "DOGE" in check(desk.send(desk.pair("ETH", "DOGE")), "instruments_known").detail


def test_a_pair_counts_in_the_clusters_of_both_assets(desk: RiskDesk) -> None:
    desk.correlations("90d", clusters=[["BTC", "SOL"], ["ETH", "BNB"], ["XRP"], ["ADA"], ["DOT"]])
    desk.show(desk.approved(desk.pair("ETH", "BTC", 9_000)))
    desk.wait(2)
    used = {line.subject: line.value for line in desk.state.headroom if line.limit == "cluster_exposure"}
    assert used == {"BTC+SOL": 9_000, "BNB+ETH": 9_000}
    # Each of them stands in one cluster with a leg of the pair, and with none of the other's.
    for asset in ("SOL", "BNB"):
        assert check(desk.ask(desk.request(asset, 1_000)), "cluster_exposure").value == 10_000


def test_a_request_for_a_pair_is_held_against_the_fuller_of_its_clusters(desk: RiskDesk) -> None:
    desk.correlations("90d", clusters=[["BTC", "SOL"], ["ETH", "BNB"], ["XRP"], ["ADA"], ["DOT"]])
    desk.hold("SOL", 9_000)
    desk.hold("BNB", 7_000)
    desk.portfolio()
    assert check(desk.send(desk.pair("ETH", "BTC", 1_000)), "cluster_exposure").value == 10_000


@pytest.mark.parametrize("asset", ["BTC", "ETH"])
def test_a_package_of_either_asset_is_one_bet_with_the_pair(desk: RiskDesk, asset: str) -> None:
    desk.hold(asset, 9_000)
    desk.portfolio()
    assert check(desk.send(desk.pair("ETH", "BTC", 1_000)), "correlated_exposure").value == 10_000


def test_spreads_of_which_nothing_is_known_are_one_bet_with_the_pair(desk: RiskDesk) -> None:
    desk.correlations(rho={"BTC SOL": None, "ETH SOL": 0.1})
    desk.hold("SOL", 9_000)
    desk.portfolio()
    assert check(desk.send(desk.pair("ETH", "BTC", 1_000)), "correlated_exposure").value == 10_000


def test_both_legs_of_a_pair_need_margin(desk: RiskDesk) -> None:
    measured = check(desk.send(desk.pair("ETH", "BTC", 8_000)), "margin_ratio")
    assert measured.value == Decimal(40_000) / 160


def test_a_derivative_that_another_package_holds_the_other_way_round_is_not_opened(desk: RiskDesk) -> None:
    desk.open("ETH", 8_000)
    refused = check(desk.send(desk.pair("ETH", "BTC", 8_000)), "one_way")
    assert refused.detail == "another package holds the other way round: paper:ETH/USDT:USDT"
    assert check(desk.send(desk.pair("BTC", "ETH", 8_000)), "one_way").passed


def test_a_long_derivative_must_survive_its_fall(desk: RiskDesk) -> None:
    # free 2,000 - 160 of maintenance; a fall of 25 % takes 8,000 x 0.25 x 0.99 of the long leg.
    desk.portfolio(accounts=(desk.account(margin_balance_usd=Decimal(2_000)),))
    request = desk.pair("ETH", "BTC", 8_000)
    measured = check(desk.send(request), "liquidation_distance")
    assert not measured.passed
    assert measured.value == Decimal(1_840) * 100 / 8_080


def test_a_long_leg_near_its_liquidation_closes_the_package(desk: RiskDesk) -> None:
    package = desk.hold("ETH", 8_000)
    long_leg = package.long_leg.model_copy(update={"symbol": "ETH/USDT:USDT"})
    short_leg = package.short_leg.model_copy(update={"symbol": "ETH/USDC:USDC", "venue": "paper_okx"})
    desk.universe(
        [(spot("ETH"), perpetual("ETH"), 1), (spot("ETH", "paper_okx"), _usdc_perpetual("ETH", "paper_okx"), 1)]
    )
    desk.books()
    desk.venue("paper_okx")
    desk.held[package.package_id] = package.model_copy(update={"long_leg": long_leg, "short_leg": short_leg})
    rich = desk.account("paper_okx", margin_balance_usd=Decimal(40_000))
    (approval,) = closings(desk.portfolio(accounts=(desk.account(margin_balance_usd=Decimal(1_200)), rich)))
    assert approval.package_id == package.package_id


def test_a_pair_with_an_asset_that_lost_its_day_is_reduced_once_by_its_ratio(desk: RiskDesk) -> None:
    approval = desk.approved(desk.pair("ETH", "BTC", 8_000, ratio=Decimal("0.97")))
    desk.opened(approval)
    desk.show(approval)
    (reduction,) = closings(desk.portfolio(deltas=(delta("BTC", -3_500),)))
    assert [leg.quantity for leg in reduction.legs] == [Decimal(40), Decimal("38.8")]
    assert reduction.hedge_ratio == Decimal("0.97")


def test_what_is_left_unhedged_of_a_pair_goes_first(desk: RiskDesk) -> None:
    hedged = desk.approved(desk.pair("ETH", "BTC", 8_000, ratio=Decimal("0.97")))
    halved = desk.approved(desk.pair("SOL", "BNB", 8_000, ratio=Decimal("0.97")))
    desk.opened(hedged)
    desk.opened(halved, held=Decimal(40))
    closing = closings(desk.command(Flatten))
    assert [each.package_id for each in closing] == [halved.package_id, hedged.package_id]


def test_a_desk_without_pairs_strategies_keeps_every_pair_out() -> None:
    config = limits_with()
    nobody = config.two_assets.model_copy(update={"strategies": frozenset()})
    desk = RiskDesk(config.model_copy(update={"two_assets": nobody})).ready()
    assert decision(desk.send(desk.pair())).binding_limit == "legs_paired"


def _usdc_perpetual(asset: str, venue: str) -> Instrument:
    return perpetual(asset, venue, symbol=f"{asset}/USDC:USDC", quote="USDC", settle="USDC")
