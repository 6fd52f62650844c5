"""What is left of each limit, by what it is about; and that Prometheus is told the same."""

from datetime import timedelta
from decimal import Decimal
from math import inf

import pytest
from prometheus_client import REGISTRY
from tests.unit.risk.risk_desk import RiskDesk, delta, figures

from poise_common.contracts.control import Halt
from poise_common.contracts.state import LimitHeadroom, SystemMode
from poise_common.platform.observed_core import ObservedCore
from poise_risk.adapters.metrics import RiskFigures, left_of
from poise_risk.domain.limits.table import LIMITS

OF_A_REQUEST_ALONE = {"usual_depth", "usual_spread", "price_collar", "legs_hedged", "one_way"}


def told(desk: RiskDesk) -> dict[tuple[str, str], LimitHeadroom]:
    """What the newest state says, by limit and subject."""
    desk.command(Halt)
    return {(use.limit, use.subject): use for use in desk.state.headroom}


def told_figures(desk: RiskDesk) -> dict[tuple[str, str], tuple[object, ...]]:
    return {key: figures(use.value, use.allowed) for key, use in told(desk).items()}


def busy() -> RiskDesk:
    """8,000 of BTC, 6,000 and 2,000 of ETH held; BTC lost 1,000 today."""
    desk = RiskDesk().ready()
    desk.hold("BTC", 8_000)
    desk.hold("ETH", 6_000)
    desk.hold("ETH", 2_000)
    desk.portfolio(deltas=(delta("BTC", -1_000),))
    return desk


def test_every_limit_on_what_stands_is_told() -> None:
    assert {limit for limit, _ in told(busy())} == {limit.__name__ for limit in LIMITS} - OF_A_REQUEST_ALONE


def test_each_subject_has_its_own_line() -> None:
    shown = told_figures(busy())
    assert shown["risk_per_trade", "BTC"] == (400, 2_000)
    assert shown["position_size", "ETH"] == (6_000, 10_000)
    assert shown["asset_daily_loss", "BTC"] == (1, 3)
    assert shown["venue_pair", "paper"] == (16_000, 50_000)
    assert shown["one_venue", "paper"] == (16_000, 60_000)
    assert shown["one_stablecoin", "USDT"] == (16_000, 60_000)
    assert shown["tier_slots", "tier 2"] == (0, 2)
    assert shown["tier_slots", "outside tier 1"] == (0, 3)
    assert shown["packages_open", ""] == (3, 5)


def test_what_moves_together_is_told_by_asset_and_by_cluster() -> None:
    desk = busy()
    desk.correlations(rho={"BTC ETH": 0.9})
    desk.correlations("90d", clusters=[["BTC", "SOL"], ["ETH"]])
    shown = told_figures(desk)
    assert shown["correlated_exposure", "BTC"] == (16_000, 25_000)
    assert shown["cluster_exposure", "BTC+SOL"] == (8_000, 25_000)
    assert shown["cluster_exposure", "ETH"] == (8_000, 25_000)


def test_what_must_not_fall_is_told_as_such() -> None:
    shown = {key: use for key, use in told(busy()).items() if use.at_least}
    # 16,000 short at 1 % maintenance on 40,000 of margin.
    assert figures(shown["margin_ratio", "paper"].value, shown["margin_ratio", "paper"].allowed) == (250, 2)
    distance = shown["liquidation_distance", "paper:ETH/USDT:USDT"]
    assert distance.value == (Decimal(40_000) - 160) * 100 / (8_000 * Decimal("1.01"))
    # BTC or ETH up by 20 %: 1,600 lost, and 16 more needed.
    assert shown["margin_stress", "paper"].value == Decimal(38_400) / 176
    assert shown["margin_stress", "paper"].allowed == Decimal("1.5")


def test_what_is_reserved_counts_before_the_ledger_shows_it(desk: RiskDesk) -> None:
    desk.open("ETH", 4_000)
    shown = told_figures(desk)
    assert shown["total_exposure", ""] == (4_000, 40_000)
    assert shown["one_venue", "paper"] == (4_000, 60_000)


def test_nothing_is_told_while_the_portfolio_is_unknown() -> None:
    assert not told(RiskDesk())


def test_prometheus_is_told_and_forgets_what_is_gone(desk: RiskDesk) -> None:
    observed = ObservedCore(desk.core, RiskFigures().see)
    labels = {"limit": "position_size", "subject": "XRP"}

    def shown() -> list[float | None]:
        desk.portfolio()
        desk.now += timedelta(seconds=1)
        observed.tick(desk.now)
        names = ("poise_limit_value", "poise_limit_allowed", "poise_limit_headroom_ratio")
        return [REGISTRY.get_sample_value(name, labels) for name in names]

    desk.hold("XRP", 8_000)
    held = shown()
    desk.held.clear()
    assert (held, shown()) == ([8_000, 10_000, pytest.approx(0.2)], [None, None, None])


def test_prometheus_counts_decisions_by_what_bound_them(desk: RiskDesk) -> None:
    def decided() -> list[float]:
        labels = [("approved", ""), ("approved_smaller", "position_size"), ("rejected", "package_minimum")]
        named = [{"action": "open", "verdict": verdict, "binding_limit": limit} for verdict, limit in labels]
        return [REGISTRY.get_sample_value("poise_risk_decisions_total", each) or 0 for each in named]

    observed = ObservedCore(desk.core, RiskFigures().see)
    before = decided()
    for asset, exposure_usd in (("BTC", 8_000), ("ETH", 12_000), ("SOL", 500)):
        observed.handle(desk.request(asset, exposure_usd), desk.now)
    assert decided() == [count + 1 for count in before]


def test_prometheus_shows_the_mode(desk: RiskDesk) -> None:
    ObservedCore(desk.core, RiskFigures().see).handle(desk.first(Halt, operator="ada", reason="by hand"), desk.now)
    modes = {mode.value: REGISTRY.get_sample_value("poise_risk_mode", {"mode": mode.value}) for mode in SystemMode}
    assert modes == {"active": 0, "reducing": 0, "halted": 1}


@pytest.mark.parametrize(
    ("value", "allowed", "at_least", "left"),
    [
        (8, 10, False, 0.2),
        (10, 10, False, 0.0),
        (12, 10, False, -0.2),
        (0, 0, False, 1.0),
        (-3, 10, False, 1.0),
        (1, 0, False, -inf),
        (4, 2, True, 0.5),
        (2, 2, True, 0.0),
        (0, 2, True, -inf),
    ],
)
def test_what_is_left_is_a_share_of_what_is_allowed(value: int, allowed: int, at_least: bool, left: float) -> None:
    use = LimitHeadroom(limit="any", value=Decimal(value), allowed=Decimal(allowed), at_least=at_least)
    assert left_of(use) == pytest.approx(left)
