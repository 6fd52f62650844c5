"""Which assets' closes say enough for a weight."""

import numpy as np

from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.moments import Moments

_LEAST_DEVIATION = 1e-8
"""An asset that moves by less a bar stands still: a feed that stopped, not an asset without risk."""


def eligible(history: MarketHistory, returns_min: int) -> tuple[MarketHistory, dict[str, str]]:
    """Return the history of the assets that can be judged, and of each other one why it cannot."""
    moments = Moments(history.closes)
    places, unjudged = [], {}
    for place, asset in enumerate(history.assets):
        if np.isnan(history.closes[-1, place]):
            unjudged[asset] = "its newest close is missing"
        elif moments.counts[place] < returns_min:
            unjudged[asset] = f"only {moments.counts[place]} returns are known, {returns_min} are wanted"
        elif moments.deviations[place] < _LEAST_DEVIATION:
            unjudged[asset] = "its price stands still"
        else:
            places.append(place)
    return history.of(places), unjudged
