"""The assets with the highest scores."""

import numpy as np

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.eligibility import eligible
from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import ModelName, MomentumParameters
from poise_portfolio.domain.rebalancing.models.relative_strength import NEUTRAL, relative_strength_index
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
                scores[asset] = self.score(closes)
        held = self._parameters.assets_held
        ranked = sorted(scores, key=lambda asset: (-scores[asset], asset))
        left_out = {asset: f"score {scores[asset]:.4f} is not among the top {held}" for asset in ranked[held:]}
        return Targets(dict.fromkeys(ranked[:held], self._parameters.invested_share / held), left_out, unjudged)

    def score(self, closes: Floats) -> float:
        """Return how an asset stands: its return, how far it is from overbought, and the side of its average it is on.

        0.5 × (price / price 20 bars ago − 1) + 0.003 × (50 − RSI 14) + 0.1 × sign(price − mean of the last 20 closes),
        by the factors and bars of the parameters.
        """
        by, lookback = self._parameters, self._parameters.lookback_bars
        gain = closes[-1] / closes[-1 - lookback] - 1
        unspent = NEUTRAL - relative_strength_index(closes, by.rsi_bars)
        trend = np.sign(closes[-1] - closes[-lookback:].mean())
        return float(by.return_factor * gain + by.rsi_factor * unspent + by.trend_factor * trend)
