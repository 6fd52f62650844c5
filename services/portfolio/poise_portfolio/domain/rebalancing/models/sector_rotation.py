"""The sector that did best."""

from collections import defaultdict
from statistics import fmean

import numpy as np

from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, SectorRotationParameters
from poise_portfolio.domain.rebalancing.models.targets import Targets


class SectorRotation:
    """Holds the sector whose assets returned the most on average, an equal part of each asset."""

    name = ModelName.SECTOR_ROTATION

    def __init__(self, parameters: SectorRotationParameters, returns_min: int) -> None:
        self._parameters = parameters
        self._returns_min = returns_min

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets."""
        known, left_out = eligible(history, self._returns_min)
        sectors, unsorted = self._returns_by_sector(known)
        left_out |= unsorted
        if not sectors:
            return Targets(left_out=left_out)
        means = {sector: fmean(returns.values()) for sector, returns in sectors.items()}
        best = min(means, key=lambda sector: (-means[sector], sector))
        left_out |= {
            asset: f"its sector {sector} returned {means[sector]:.2%}, {best} {means[best]:.2%}"
            for sector, returns in sectors.items()
            if sector != best
            for asset in returns
        }
        return Targets(dict.fromkeys(sectors[best], self._parameters.invested_share / len(sectors[best])), left_out)

    def _returns_by_sector(self, known: MarketHistory) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
        sectors: dict[str, dict[str, float]] = defaultdict(dict)
        left_out, lookback = {}, self._parameters.lookback_bars
        for place, asset in enumerate(known.assets):
            then, now = known.closes[-1 - lookback, place], known.closes[-1, place]
            if asset not in known.sectors:
                left_out[asset] = "no sector is known of it"
            elif np.isnan(then):
                left_out[asset] = f"its close {lookback} bars ago is missing"
            else:
                sectors[known.sectors[asset]][asset] = float(now / then - 1)
        return sectors, left_out
