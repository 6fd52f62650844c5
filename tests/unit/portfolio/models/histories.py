"""Histories for models to look at, and the shipped parameters of models."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from tests.unit.portfolio.desk import shipped_parameters

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.model import TargetModel, Targets, model_named
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, ModelParameters

BARS = 60
HOURS_A_YEAR = 8760
seeds, sizes = st.integers(0, 10_000), st.integers(1, 30)


def shipped(**changes: Any) -> ModelParameters:
    """Return the shipped parameters, with keys of single models changed."""
    models = _as_shipped().model_dump()
    for name, change in changes.items():
        models[name] |= change
    return ModelParameters.model_validate(models)


@cache
def _as_shipped() -> ModelParameters:
    return shipped_parameters().rebalancing.models


def model(name: ModelName, **changes: Any) -> TargetModel:
    """Return a model as it is shipped, with its own keys changed."""
    return model_named(shipped(**{name: changes}).naming(name))


def targets(name: ModelName, history: MarketHistory, **changes: Any) -> Targets:
    return model(name, **changes).weights(history)


def history_of(
    closes: Mapping[str, Sequence[float] | Floats], sectors: Mapping[str, str] | None = None
) -> MarketHistory:
    return MarketHistory(
        assets=tuple(closes),
        closes=np.column_stack([np.asarray(column, dtype=np.float64) for column in closes.values()]),
        bars_per_year=HOURS_A_YEAR,
        sectors=dict.fromkeys(closes, "all") if sectors is None else sectors,
    )


def closes_by(returns: ArrayLike, start: float = 100.0) -> Floats:
    """Return the closes that have these log returns between them."""
    closes: Floats = start * np.exp(np.concatenate(([0.0], np.cumsum(returns))))
    return closes


def swinging(step: float, *, bars_a_side: int = 1) -> Floats:
    """Closes of returns that are ± step: up for so many bars, down for as many. Uncorrelated for 1 and 2 a side."""
    side = (np.arange(BARS) // bars_a_side) % 2
    return closes_by(step * (1 - 2 * side))


def drawn(seed: int, size: int, *, missing: float = 0.0) -> MarketHistory:
    """Walks that share a few causes, of all volatilities and three sectors, with a share of closes missing."""
    dice = np.random.default_rng(seed)
    causes = dice.normal(size=(BARS, max(1, size // 4)))
    moves = causes[:, dice.integers(causes.shape[1], size=size)] + dice.uniform(0.1, 3, size) * dice.normal(
        size=(BARS, size)
    )
    returns = moves * dice.uniform(0.0005, 0.02, size)
    closes = np.column_stack([closes_by(returns[:, place], dice.uniform(0.01, 50_000)) for place in range(size)])
    closes[dice.random(closes.shape) < missing] = np.nan
    names = [f"A{number:02}" for number in range(size)]
    sectors = {name: f"sector {dice.integers(3)}" for name in names}
    return history_of(dict(zip(names, closes.T, strict=True)), sectors)
