"""The same share of the risk for every asset."""

import numpy as np

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.equal_risk import NoEqualRisk, equal_risk_shares
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.moments import Moments
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, RiskParityParameters
from poise_portfolio.domain.rebalancing.models.targets import Targets, by_asset


class RiskParity:
    """Weighs so that contributions to risk are equal, by correlations drawn a little towards none.

    As many returns as assets or fewer make correlations by which some portfolio has no risk at all, which none has.
    """

    name = ModelName.RISK_PARITY

    def __init__(self, parameters: RiskParityParameters, returns_min: int) -> None:
        self._parameters = parameters
        self._returns_min = returns_min

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets; nothing is judged where contributions can't be made equal."""
        known, unjudged = eligible(history, self._returns_min)
        if not known.assets:
            return Targets(unjudged=unjudged)
        moments = Moments(known.closes)
        try:
            shares = equal_risk_shares(self._shrunk(moments), moments.deviations)
        except NoEqualRisk as failure:
            return Targets(unjudged=unjudged | dict.fromkeys(known.assets, str(failure)))
        return Targets(by_asset(known.assets, shares * self._parameters.invested_share), unjudged=unjudged)

    def _shrunk(self, moments: Moments) -> Floats:
        shrinkage = self._parameters.correlation_shrinkage
        return (1 - shrinkage) * moments.correlations() + shrinkage * np.eye(len(moments.deviations))
