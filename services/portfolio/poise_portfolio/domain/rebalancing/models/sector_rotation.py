"""The sector that did best."""

import numpy as np

from poise_common.domain.momentum import sectors_by_strength
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
        returns, unsorted = self._returns(known)
        unjudged |= unsorted
        if not returns:
            return Targets(unjudged=unjudged)
        best, *others = sectors_by_strength(returns, known.sectors)
        left_out = {
            asset: f"its sector {other.sector} returned {other.mean_return:.2%}, {best.sector} {best.mean_return:.2%}"
            for other in others
            for asset in other.assets
        }
        weight = self._parameters.invested_share / len(best.assets)
        return Targets(dict.fromkeys(best.assets, weight), left_out, unjudged)

    def _returns(self, known: MarketHistory) -> tuple[dict[str, float], dict[str, str]]:
        returns: dict[str, float] = {}
        unsorted, lookback = {}, self._parameters.lookback_bars
        for place, asset in enumerate(known.assets):
            then, now = known.closes[-1 - lookback, place], known.closes[-1, place]
            if not known.sectors.get(asset):
                unsorted[asset] = "no sector is known of it"
            elif np.isnan(then):
                unsorted[asset] = f"its close {lookback} bars ago is missing"
            else:
                returns[asset] = float(now / then - 1)
        return returns, unsorted
