"""What two assets' signals make of a package across them."""

from datetime import timedelta
from uuid import UUID

import pytest
from tests.unit.signals.two_assets.markets import NOW, config, hours, listed, market, universe

from poise_common.contracts.state import CorrelationMatrix
from poise_signals.domain.cross_asset.correlation_breakdown import CorrelationShift
from poise_signals.domain.market.view import MarketView

SECTORS = {"ETH": "l1", "SOL": "l1", "UNI": "defi"}


def matrix(window: str, rho: float) -> CorrelationMatrix:
    assets = tuple(SECTORS)
    rows = tuple(tuple(1.0 if one == other else rho for other in assets) for one in assets)
    return CorrelationMatrix.first(
        UUID(int=1), "portfolio", NOW, window=window, as_of=NOW, assets=assets, rho=rows, points=1_000
    )


def after(returns: dict[str, float]) -> MarketView:
    """Return a market of 25 hours over which each asset returned so much."""
    view = market(histories=tuple(hours(asset, [100.0] * 24 + [100 * (1 + gain)]) for asset, gain in returns.items()))
    view.cross_asset.take_universe(universe(*(listed(asset, sector) for asset, sector in SECTORS.items())))
    return view


def test_a_long_leg_in_a_stronger_sector_is_more_sure_and_a_weaker_one_less() -> None:
    # l1 (6 + 2) / 2 = 4 %, defi 1 %: 3 % of lead, twice that of confidence.
    view = after({"ETH": 0.06, "SOL": 0.02, "UNI": 0.01})
    found = view.cross_asset.signals("ETH", "UNI", NOW)
    assert found.sector_lead == pytest.approx(0.03)
    assert found.confidence_factor == pytest.approx(1.06)
    assert view.cross_asset.signals("UNI", "ETH", NOW).confidence_factor == pytest.approx(0.94)


def test_confidence_changes_by_no_more_than_configured() -> None:
    most = config().cross_asset.confidence_change_max
    view = after({"ETH": 0.5, "SOL": 0.5, "UNI": -0.5})
    assert view.cross_asset.signals("ETH", "UNI", NOW).confidence_factor == pytest.approx(1 + most)
    assert view.cross_asset.signals("UNI", "ETH", NOW).confidence_factor == pytest.approx(1 - most)


def test_within_one_sector_or_where_one_is_unknown_nothing_leads() -> None:
    view = after({"ETH": 0.06, "SOL": 0.02})
    for long, short in (("ETH", "SOL"), ("ETH", "UNI"), ("ETH", "DOGE")):
        found = view.cross_asset.signals(long, short, NOW)
        assert (found.sector_lead, found.confidence_factor) == (None, 1.0)


def test_a_correlation_far_from_normal_bars_packages_across_the_two() -> None:
    view = after({})
    view.cross_asset.take_correlations(matrix("90d", 0.8))
    view.cross_asset.take_correlations(matrix("24h", 0.35))
    found = view.cross_asset.signals("ETH", "SOL", NOW)
    assert found.correlation == CorrelationShift(0.35, 0.8)
    assert found.why_not == "ETH and SOL correlate by 0.35 where 0.80 is normal"
    view.cross_asset.take_correlations(matrix("24h", 0.45))
    assert view.cross_asset.signals("ETH", "SOL", NOW).why_not is None
    assert view.cross_asset.signals("ETH", "SOL", NOW + timedelta(days=1)).correlation is None
