"""What one asset's move of 20 % does to an account; perpetuals need 1 % maintenance, of which 1.5 must be left."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.risk_desk import RiskDesk, check, decision, figures, limits_with

from poise_common.contracts.packages import Verdict
from poise_risk.domain.knowledge.derivatives import AssetDerivatives, VenueDerivatives
from poise_risk.domain.knowledge.grown import Grown
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.limits.stress import StressedMargin, stressed, stresses

STABLECOINS = frozenset({"USDT"})
dollars = st.integers(-50_000, 50_000).map(Decimal)
amounts = st.integers(0, 50_000).map(Decimal)
moves = st.decimals("-0.9", "0.9", places=2)


@pytest.fixture
def desk() -> RiskDesk:
    """A desk whose accounts are bounded by the stress before anything else."""
    return RiskDesk(limits_with(effective_leverage_max=20, liquidation_distance_min_pct=20)).ready()


def margin(desk: RiskDesk, balance: int) -> None:
    desk.portfolio(accounts=(desk.account(margin_balance_usd=Decimal(balance)),))


def hold_long(desk: RiskDesk, asset: str, exposure_usd: int) -> None:
    """Hold the perpetual long here and short at another venue."""
    held = desk.hold(asset, exposure_usd)
    legs = {
        "long_leg": held.long_leg.model_copy(update={"symbol": f"{asset}/USDT:USDT"}),
        "short_leg": held.short_leg.model_copy(update={"venue": "other"}),
    }
    desk.held[held.package_id] = held.model_copy(update=legs)


def account(**by_asset: AssetDerivatives) -> MarginAccount:
    """An account of 10,000 that needs 200."""
    return MarginAccount("paper", Decimal(10_000), Decimal(200), VenueDerivatives(by_asset=Grown(by_asset)))


def test_the_value_is_the_margin_ratio_after_the_worst_move(desk: RiskDesk) -> None:
    desk.hold("ETH", 4_000)
    margin(desk, 10_000)
    measured = check(desk.send(desk.request("BTC", 8_000)), "margin_stress")
    # BTC up: 1,600 are lost, 96 are needed for BTC and 40 for ETH.
    assert figures(measured.value, measured.allowed) == (Decimal(8_400) / 136, Decimal("1.5"))
    assert measured.detail == "at least, BTC +20 % on paper"


def test_the_exposure_that_passes_leaves_just_the_margin_that_is_asked_for(desk: RiskDesk) -> None:
    # X with 1,744 - 0.2 X = 1.5 x 0.01 x 1.2 X is 8,000.
    margin(desk, 1_744)
    outputs = desk.send(desk.request("BTC", 10_000))
    measured = check(outputs, "margin_stress")
    assert figures(measured.passed, measured.passing_exposure_usd) == (False, 8_000)
    assert decision(outputs).binding_limit == "margin_stress"
    assert decision(outputs).approved_exposure_usd == 8_000


def test_all_that_is_held_of_the_asset_moves_at_once(desk: RiskDesk) -> None:
    for _ in range(2):
        desk.hold("BTC", 4_000)
    margin(desk, 10_000)
    assert check(desk.send(desk.request("BTC", 8_000)), "margin_stress").value == Decimal(6_800) / 192


def test_a_fall_hurts_what_is_long(desk: RiskDesk) -> None:
    hold_long(desk, "ETH", 9_000)
    margin(desk, 2_000)
    measured = check(desk.send(desk.request("BTC", 2_000)), "margin_stress")
    # ETH down: 1,800 are lost, 72 are needed for it still and 20 for BTC.
    assert measured.value == Decimal(200) / 92
    assert measured.detail == "at least, ETH -20 % on paper"


def test_what_a_request_would_gain_does_not_let_it_in(desk: RiskDesk) -> None:
    # ETH down by 20 % takes 1,800 of 1,850; a short in ETH would earn by it, but is not filled yet.
    hold_long(desk, "ETH", 9_000)
    margin(desk, 1_850)
    outputs = desk.send(desk.request("ETH", 5_000))
    assert decision(outputs).verdict is Verdict.REJECTED
    measured = check(outputs, "margin_stress")
    assert figures(measured.passed, measured.passing_exposure_usd) == (False, 0)


def test_another_assets_reservation_weighs_with_its_maintenance(desk: RiskDesk) -> None:
    margin(desk, 10_000)
    desk.open("ETH", 8_000)
    assert check(desk.send(desk.request("BTC", 8_000)), "margin_stress").value == Decimal(8_400) / 176


def test_an_account_without_margin_survives_nothing(desk: RiskDesk) -> None:
    margin(desk, 0)
    measured = check(desk.send(desk.request("BTC", 8_000)), "margin_stress")
    assert figures(measured.passed, measured.passing_exposure_usd) == (False, 0)


def test_what_is_in_flight_may_lose_but_not_gain_yet() -> None:
    derivatives = AssetDerivatives(
        shown_net_usd=Decimal(-1_000), gaining_in_flight_usd=Decimal(400), losing_in_flight_usd=Decimal(300)
    )
    assert figures(derivatives.gained_usd(Decimal("0.1")), derivatives.gained_usd(Decimal("-0.1"))) == (-130, 60)


def test_collateral_falls_with_its_own_asset() -> None:
    # Settled in BTC: all of the balance may be BTC.
    inverse = AssetDerivatives(
        shown_net_usd=Decimal(-5_000), maintenance_usd=Decimal(50), settle_coins=frozenset({"BTC"})
    )
    rise, fall = stresses(account(BTC=inverse), Decimal(20), STABLECOINS)
    assert rise == StressedMargin("paper", "BTC", Decimal("0.2"), Decimal(11_000), Decimal(210))
    assert fall == StressedMargin("paper", "BTC", Decimal("-0.2"), Decimal(9_000), Decimal(190))


def test_a_coin_that_is_only_collateral_is_moved_too() -> None:
    quanto = AssetDerivatives(shown_net_usd=Decimal(-5_000), settle_coins=frozenset({"BTC"}))
    after = {
        (each.asset, each.move): each.balance_usd for each in stresses(account(ETH=quanto), Decimal(20), STABLECOINS)
    }
    assert after["BTC", Decimal("-0.2")] == 8_000
    assert after["ETH", Decimal("0.2")] == 9_000


def test_stablecoins_are_left_to_the_limits_on_their_pegs() -> None:
    linear = AssetDerivatives(shown_net_usd=Decimal(-5_000), settle_coins=frozenset({"USDT"}))
    assert {each.asset for each in stresses(account(ETH=linear), Decimal(20), STABLECOINS)} == {"ETH"}


@given(shown=dollars, gaining=amounts, losing=amounts, maintenance=amounts, move=moves)
def test_no_fill_of_what_is_in_flight_leaves_less_than_the_stress_says(
    shown: Decimal, gaining: Decimal, losing: Decimal, maintenance: Decimal, move: Decimal
) -> None:
    derivatives = AssetDerivatives(shown, gaining, losing, maintenance)
    told = stressed(account(ETH=derivatives), "ETH", move, as_collateral=False)
    for filled_long in (Decimal(0), gaining / 2, gaining):
        for filled_short in (Decimal(0), losing / 2, losing):
            balance_usd = Decimal(10_000) + (shown + filled_long - filled_short) * move
            assert told.balance_usd <= balance_usd
