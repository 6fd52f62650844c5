"""Prices and premiums to try strategies on, drawn from a seed."""

import numpy as np
from tests.simulation.strategies.scenes import Floats


def walk(draws: np.random.Generator, bars: int, *, start: float = 100.0, deviation: float = 0.006) -> Floats:
    """Return a price whose log steps are normal, `deviation` a bar."""
    prices: Floats = start * np.exp(np.cumsum(draws.normal(0.0, deviation, bars)))
    return prices


def pulled(draws: np.random.Generator, bars: int, *, deviation: float, half_life: float, mean: float = 0.0) -> Floats:
    """Return an Ornstein-Uhlenbeck path around a mean, with the stationary deviation; the half-life is in bars."""
    keep = 0.5 ** (1 / half_life)
    shocks = draws.normal(0.0, deviation * np.sqrt(1 - keep**2), bars)
    path = np.empty(bars)
    at = draws.normal(0.0, deviation)
    for bar in range(bars):
        at = keep * at + shocks[bar]
        path[bar] = at
    return path + mean
