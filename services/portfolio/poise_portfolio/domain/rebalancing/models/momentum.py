"""The assets with the highest scores."""

from poise_common.domain.momentum import momentum_score
from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, MomentumParameters
from poise_portfolio.domain.rebalancing.models.targets import Targets


class Momentum:
    """Holds the few highest scores, an equal part each; a part that no asset is found for stays uninvested."""

    name = ModelName.MOMENTUM

    def __init__(self, parameters: MomentumParameters, returns_min: int) -> None:
        self._parameters = parameters
        self._returns_min = returns_min

    def weights(self, history: MarketHistory) -> Targets:
        """Return the targets."""
        known, unjudged = eligible(history, self._returns_min)
        wanted, scores = self._parameters.closes_min, {}
        for place, asset in enumerate(known.assets):
            closes = known.unbroken(place)
            if len(closes) < wanted:
                unjudged[asset] = f"only {len(closes)} closes since its last gap, {wanted} are wanted"
            else:
                scores[asset] = momentum_score(closes.tolist(), self._parameters)
        held = self._parameters.assets_held
        ranked = sorted(scores, key=lambda asset: (-scores[asset], asset))
        left_out = {asset: f"score {scores[asset]:.4f} is not among the top {held}" for asset in ranked[held:]}
        return Targets(dict.fromkeys(ranked[:held], self._parameters.invested_share / held), left_out, unjudged)
