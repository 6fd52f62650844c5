"""Returns of package spreads: of what a perpetual closes at over the spot market beside it."""

import numpy as np

from poise_portfolio.domain.arrays import Bools, Floats, Ints
from poise_portfolio.domain.correlations.closes import Closes
from poise_portfolio.domain.correlations.rolling import RollingCorrelations

_Pair = tuple[str, str, str]
"""Asset, venue and quote currency."""


class SpreadCloses:
    """Feeds correlations with the ratio of an asset's hedge to its spot: a spread's return is its log change.

    The legs' candles come apart, in any order; a bar counts when both are there, and counts anew when one of them is
    corrected. The first venue at which both legs of a bar were seen speaks for the asset.
    """

    def __init__(self, correlations: RollingCorrelations, bars: int) -> None:
        self._correlations = correlations
        self._bars = bars
        self._legs: dict[_Pair, _Legs] = {}
        self._chosen: dict[str, _Pair] = {}

    def take(self, told: Closes) -> Bools:
        """Take closes of one leg; return for each whether it is news."""
        pair = told.asset, told.venue, told.market.quote
        if told.market.is_dated or self._chosen.get(told.asset, pair) != pair or not len(told.slots):
            return np.zeros(len(told.slots), dtype=np.bool_)
        if pair not in self._legs:
            self._legs[pair] = _Legs(self._bars)
        is_news = self._legs[pair].record(told)
        slots, ratios = self._legs[pair].ratios(told.slots[is_news])
        if len(slots):
            self._choose(pair)
            self._correlations.record_many(told.asset, slots, ratios)
        return is_news

    def _choose(self, pair: _Pair) -> None:
        asset, _, _ = pair
        if asset not in self._chosen:
            self._chosen[asset] = pair
            self._legs = {other: legs for other, legs in self._legs.items() if other[0] != asset or other == pair}


class _Legs:
    """The last closes of a spot market and of its hedge, side by side."""

    def __init__(self, bars: int) -> None:
        self._ring = bars + 1
        self._head = 0
        self._slots: Ints = np.full(self._ring, -1, dtype=np.int64)
        self._spot: Floats = np.full(self._ring, np.nan)
        self._hedge: Floats = np.full(self._ring, np.nan)

    def record(self, told: Closes) -> Bools:
        """Take closes of one leg; return for each whether it is news: a price of the window, not known before."""
        is_price: Bools = (told.prices > 0) & np.isfinite(told.prices)
        self._head = max(self._head, int(told.slots[is_price].max(initial=0)))
        is_kept = is_price & (told.slots > self._head - self._ring)
        kept = told.slots[is_kept]
        renewed = kept[self._slots[kept % self._ring] != kept]
        self._spot[renewed % self._ring] = self._hedge[renewed % self._ring] = np.nan
        self._slots[renewed % self._ring] = renewed
        leg = self._spot if told.market.is_spot else self._hedge
        is_news: Bools = is_kept & (leg[told.slots % self._ring] != told.prices)
        leg[told.slots[is_news] % self._ring] = told.prices[is_news]
        return is_news

    def ratios(self, slots: Ints) -> tuple[Ints, Floats]:
        """Return those of some slots that have both legs, and the hedge's price over the spot's in each."""
        rows = slots % self._ring
        ratios = self._hedge[rows] / self._spot[rows]
        is_whole = ~np.isnan(ratios)
        return slots[is_whole], ratios[is_whole]
