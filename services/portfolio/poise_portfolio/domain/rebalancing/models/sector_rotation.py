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
        known, unjudged = eligible(history, self._returns_min)
        sectors, unsorted = self._returns_by_sector(known)
        unjudged |= unsorted
        if not sectors:
            return Targets(unjudged=unjudged)
        means = {sector: fmean(returns.values()) for sector, returns in sectors.items()}
        best = min(means, key=lambda sector: (-means[sector], sector))
        left_out = {
            asset: f"its sector {sector} returned {means[sector]:.2%}, {best} {means[best]:.2%}"
            for sector, returns in sectors.items()
            if sector != best
            for asset in returns
        }
        weight = self._parameters.invested_share / len(sectors[best])
        return Targets(dict.fromkeys(sectors[best], weight), left_out, unjudged)

    def _returns_by_sector(self, known: MarketHistory) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
        sectors: dict[str, dict[str, float]] = defaultdict(dict)
        unsorted, lookback = {}, self._parameters.lookback_bars
        for place, asset in enumerate(known.assets):
            then, now = known.closes[-1 - lookback, place], known.closes[-1, place]
            sector = known.sectors.get(asset)
            if not sector:
                unsorted[asset] = "no sector is known of it"
            elif np.isnan(then):
                unsorted[asset] = f"its close {lookback} bars ago is missing"
            else:
                sectors[sector][asset] = float(now / then - 1)
        return sectors, unsorted
