"""What is shown of each asset: basis, funding and regime, as long as they are known."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from tests.unit.signals.rig import START, Rig
from tests.unit.signals.senders import perpetual_of

from poise_common.domain.instruments import InstrumentKind
from poise_common.platform.observed_core import ObservedCore
from poise_signals.adapters.asset_metrics import AssetFigures

HEDGE = {"asset": "ETH", "venue": "paper", "symbol": "ETH/USDT:USDT"}
_EVERY_S = 1.0


def shown(name: str, labels: Mapping[str, str] = HEDGE) -> float | None:
    return REGISTRY.get_sample_value(name, dict(labels))


def observed(rig: Rig) -> ObservedCore:
    return ObservedCore(rig.core, AssetFigures(rig.core, every_s=_EVERY_S).see)


@pytest.fixture
def seen(rig: Rig) -> ObservedCore:
    """A core that knows one asset and both its books, 50 bps apart."""
    rig.ready()
    rig.premium(50)
    core = observed(rig)
    core.tick(rig.now)
    return core


@pytest.mark.usefixtures("seen")
def test_the_basis_is_of_the_middles_of_both_books() -> None:
    assert shown("poise_asset_basis_ratio") == pytest.approx(0.005, rel=1e-3)


@pytest.mark.usefixtures("seen")
def test_a_spot_market_has_a_price_and_no_basis() -> None:
    spot = HEDGE | {"symbol": "ETH/USDT"}
    assert shown("poise_asset_price", spot) == pytest.approx(100)
    assert shown("poise_asset_basis_ratio", spot) is None


def test_funding_is_shown_as_a_rate_a_year(rig: Rig) -> None:
    rig.ready()
    funding = rig.funding()
    rig.hear(funding)
    observed(rig).tick(rig.now)
    assert shown("poise_asset_running_funding_apr") == pytest.approx(funding.funding_rate_per_interval * 3 * 365)


def test_a_stale_basis_is_shown_no_more(seen: ObservedCore, rig: Rig) -> None:
    rig.wait(60)
    seen.tick(rig.now)
    assert shown("poise_asset_basis_ratio") is None


def test_a_dated_futures_basis_is_annualised_by_its_days_left(rig: Rig) -> None:
    symbol, days = "ETH/USDT:USDT-260205", 73
    kind, expires_at = InstrumentKind.LINEAR_FUTURE, START + timedelta(days=days)
    future = perpetual_of("ETH", symbol=symbol, kind=kind, funding_interval_s=None, expires_at=expires_at)
    rig.ready(futures=(future,))
    rig.premium(0)
    rig.hear(rig.book(symbol, [(101.0, 1.0)], [(101.0000001, 1.0)]))
    observed(rig).tick(rig.now)
    labels = HEDGE | {"symbol": symbol}
    assert shown("poise_asset_expiry_seconds", labels) == pytest.approx(days * 86_400)
    assert shown("poise_asset_annualised_basis_ratio", labels) == pytest.approx(0.01 * 365 / days, rel=1e-3)


@pytest.mark.usefixtures("seen")
def test_a_perpetual_has_no_annualised_basis() -> None:
    assert shown("poise_asset_annualised_basis_ratio") is None


@pytest.mark.usefixtures("seen")
def test_a_regime_of_which_too_little_is_known_is_shown_as_unknown() -> None:
    assert shown("poise_asset_regime", {"asset": "ETH"}) == -1


def test_what_is_shown_is_not_looked_up_with_every_tick(seen: ObservedCore, rig: Rig) -> None:
    rig.premium(70)
    rig.wait(_EVERY_S / 2)
    seen.tick(rig.now)
    assert shown("poise_asset_basis_ratio") == pytest.approx(0.005, rel=1e-3)
