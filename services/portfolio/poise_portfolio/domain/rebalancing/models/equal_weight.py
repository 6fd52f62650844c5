"""The same weight for every asset."""

import numpy as np

from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import EqualWeightParameters, ModelName
from poise_portfolio.domain.rebalancing.models.targets import Targets, weighted


class EqualWeight:
    """Shares the invested part out evenly."""

    name = ModelName.EQUAL_WEIGHT

    def __init__(self, parameters: EqualWeightParameters, returns_min: int) -> None:
        self._parameters = parameters
        self._returns_min = returns_min

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets."""
        known, left_out = eligible(history, self._returns_min)
        count = len(known.assets)
        return weighted(known.assets, np.full(count, self._parameters.invested_share / max(count, 1)), left_out)
