"""The calmer an asset, the more of it."""

import numpy as np

from poise_portfolio.domain.rebalancing.models.bounded import bounded_shares
from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.moments import Moments
from poise_portfolio.domain.rebalancing.models.parameters import InverseVolatilityParameters, ModelName
from poise_portfolio.domain.rebalancing.models.targets import Targets, by_asset


class InverseVolatility:
    """Weighs by the inverse of volatility within bounds; what is more volatile than its target is scaled down.

    The target takes weights in proportion, so that a weight may come to less than its lower bound: that bound keeps
    trifles out of the list of assets, the target is of the whole. The bound has room for so many assets; beyond that
    the most volatile are left out.
    """

    name = ModelName.INVERSE_VOLATILITY

    def __init__(self, parameters: InverseVolatilityParameters, returns_min: int) -> None:
        self._parameters = parameters
        self._returns_min = returns_min

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets."""
        known, unjudged = eligible(history, self._returns_min)
        if not known.assets:
            return Targets(unjudged=unjudged)
        calmest, restless = self._with_room(known)
        moments = Moments(calmest.closes)
        limits = self._parameters
        shares = bounded_shares(1 / moments.deviations, limits.invested_share, limits.weight_min, limits.weight_max)
        volatility = moments.deviation_of(shares) * np.sqrt(history.bars_per_year)
        scale = limits.target_volatility / max(volatility, limits.target_volatility)
        return Targets(by_asset(calmest.assets, shares * scale), restless, unjudged)

    def _with_room(self, known: MarketHistory) -> tuple[MarketHistory, dict[str, str]]:
        deviations = Moments(known.closes).deviations
        room = self._parameters.assets_max
        order = sorted(range(len(known.assets)), key=lambda place: (deviations[place], known.assets[place]))
        reason = f"not among the {room} calmest: at {self._parameters.weight_min:.0%} each there is room for no more"
        restless = [] if room is None else order[room:]
        return known.of(order[:room]), {known.assets[place]: reason for place in restless}
