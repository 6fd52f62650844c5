"""The same weight for every asset."""

import numpy as np

from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import EqualWeightParameters, ModelName
from poise_portfolio.domain.rebalancing.models.targets import Targets, by_asset


class EqualWeight:
    """Shares the invested part out evenly."""

    name = ModelName.EQUAL_WEIGHT

    def __init__(self, parameters: EqualWeightParameters, returns_min: int) -> None:
        self._parameters = parameters
        self._returns_min = returns_min

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets."""
        known, unjudged = eligible(history, self._returns_min)
        count = len(known.assets)
        weights = np.full(count, self._parameters.invested_share / max(count, 1))
        return Targets(by_asset(known.assets, weights), unjudged=unjudged)
