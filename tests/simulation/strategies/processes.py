"""Seeded prices, each made for what one strategy lives on, and for what it should keep away from."""

from typing import Any

import numpy as np
from tests.simulation.strategies.scenes import Fees, Floats, Line, Listed, Scene, instrument

from poise_common.domain.instruments import InstrumentKind


def walk(dice: np.random.Generator, bars: int, volatility: float, drift: float = 0.0) -> Floats:
    """Return a random walk of log prices with so much deviation a bar."""
    found: Floats = np.cumsum(dice.normal(drift, volatility, bars))
    return found


def reverting(dice: np.random.Generator, bars: int, deviation: float, half_life_bars: float) -> Floats:
    """Return an Ornstein–Uhlenbeck process about zero, bar by bar, from its own usual spread on."""
    kept = 0.5 ** (1 / half_life_bars)
    shocks = dice.normal(0, deviation * np.sqrt(1 - kept**2), bars)
    found = np.empty(bars)
    level = dice.normal(0, deviation)
    for bar, shock in enumerate(shocks):
        level = kept * level + shock
        found[bar] = level
    return found


def perpetuals(
    log_prices: dict[str, Floats],
    *,
    sectors: dict[str, str] | None = None,
    fees: Fees = Fees(),  # noqa: B008  # frozen
    half_spread_bps: float = 0.5,
    funding_rate: float = 0.0,
) -> Scene:
    """Return a scene of assets by the logarithms of their prices, spot and perpetual alike."""
    listed = []
    for asset, path in log_prices.items():
        mids, rates = 100 * np.exp(path), np.full(len(path), funding_rate)
        book: dict[str, Any] = {"half_spread_bps": half_spread_bps, "levels": 2}
        spot = Line(instrument(asset, InstrumentKind.SPOT, fees=fees), mids, **book)
        kind = InstrumentKind.LINEAR_PERPETUAL
        perpetual = Line(instrument(asset, kind, fees=fees), mids, funding_rates=rates, **book)
        sector = "l1" if sectors is None else sectors[asset]
        listed.append(Listed(asset, spot, perpetual, sector=sector))
    return Scene(tuple(listed))
