"""Returns of assets: of what their spot markets close at."""

import numpy as np

from poise_portfolio.domain.arrays import Bools
from poise_portfolio.domain.correlations.closes import Closes
from poise_portfolio.domain.correlations.rolling import RollingCorrelations
from poise_portfolio.domain.ledger.markets import Market


class SpotMarkets:
    """Lets one market speak for an asset: the first that is seen.

    Two venues' closes in one series would make returns that nobody could have had.
    """

    def __init__(self) -> None:
        self._chosen: dict[str, tuple[str, Market]] = {}

    def speaks(self, told: Closes) -> bool:
        """Say whether these closes are of the market that speaks for their asset."""
        market = told.venue, told.market
        return told.market.is_spot and self._chosen.setdefault(told.asset, market) == market


class SpotCloses:
    """Feeds correlations with spot closes."""

    def __init__(self, correlations: RollingCorrelations, markets: SpotMarkets) -> None:
        self._correlations = correlations
        self._markets = markets

    def take(self, told: Closes) -> Bools:
        """Take closes; return for each whether it is news."""
        if not self._markets.speaks(told):
            return np.zeros(len(told.slots), dtype=np.bool_)
        return self._correlations.record_many(told.asset, told.slots, told.prices)
