"""How long each model of weights takes for 20, 100 and 500 assets, over 60 hours of closes.

The floor is what every model that looks at risk must read out of the closes first: their moments.
"""

from functools import partial
from pathlib import Path

import numpy as np
import yaml

from benchmarks.timing import Figures, Stopwatch, tell
from poise_portfolio.domain.parameters import PortfolioParameters
from poise_portfolio.domain.rebalancing.models.model import MarketHistory, model_named
from poise_portfolio.domain.rebalancing.models.moments import Moments
from poise_portfolio.domain.rebalancing.models.parameters import ModelName

_CONFIG = Path(__file__).parents[1] / "config" / "portfolio.yaml"
_SIZES = (20, 100, 500)
_SECTORS = 10
_HOURS_A_YEAR = 365 * 24
_CALLS = 30
_WARM_UP = 3


def main() -> None:
    """Print the figures."""
    tell([figures for size in _SIZES for figures in _of(size)])


def _of(size: int) -> list[Figures]:
    parameters = PortfolioParameters.model_validate(yaml.safe_load(_CONFIG.read_text())).rebalancing.models
    history = _history(size, parameters.bars)
    floor = Stopwatch(f"{size} assets: floor, moments of the closes")
    for _ in range(_CALLS):
        floor.time(lambda: Moments(history.closes).correlations())
    figures = [floor.figures(warm_up=_WARM_UP)]
    for name in ModelName:
        model = model_named(parameters.naming(name))
        watch = Stopwatch(f"{size} assets: {name}")
        for _ in range(_CALLS):
            found = watch.time(partial(model.weights, history))
            assert found.weights
        figures.append(watch.figures(warm_up=_WARM_UP))
    return figures


def _history(size: int, bars: int) -> MarketHistory:
    """Return walks that share a market and their sector's moves, as crypto assets do."""
    dice = np.random.default_rng(size)
    sector_of = dice.integers(_SECTORS, size=size)
    returns = (
        0.006 * dice.normal(size=(bars, 1))
        + 0.003 * dice.normal(size=(bars, _SECTORS))[:, sector_of]
        + dice.uniform(0.002, 0.01, size) * dice.normal(size=(bars, size))
    )
    assets = tuple(f"A{place:03}" for place in range(size))
    closes = 100 * np.exp(np.vstack((np.zeros(size), returns.cumsum(axis=0))))
    sectors = {asset: f"sector {sector}" for asset, sector in zip(assets, sector_of, strict=True)}
    return MarketHistory(assets, closes, _HOURS_A_YEAR, sectors)


if __name__ == "__main__":
    main()
