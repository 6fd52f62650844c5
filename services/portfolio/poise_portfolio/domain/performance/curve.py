"""What the desk was worth over time, and what of the change was earned."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from poise_portfolio.domain.arrays import Floats, Ints

DAY = timedelta(days=1)
YEAR = timedelta(days=365)

_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True, eq=False)
class EquityCurve:
    """Equity at growing times. Raises ValueError for no point, times out of order, or columns of unlike length."""

    times: tuple[datetime, ...]
    equity_usd: Floats
    external_usd: Floats
    """Brought in less taken out, summed up to each time: neither earned nor lost."""

    def __post_init__(self) -> None:
        lengths = {len(self.times), len(self.equity_usd), len(self.external_usd)}
        if lengths == {0} or len(lengths) > 1:
            raise ValueError(f"a curve has as many times as figures, and at least one; these are {sorted(lengths)}")
        if np.any(np.diff(self._elapsed_us()) <= 0):
            raise ValueError("a curve's times grow from point to point")

    @property
    def length(self) -> timedelta:
        return self.times[-1] - self.times[0]

    def growth(self) -> Floats:
        """Return what one dollar that was there at the first point has become at each; time-weighted.

        What is brought in counts as there when its interval began, what is taken out as there until it ended: neither
        makes a return larger than it was. A loss of more than there is takes all.
        """
        brought = np.diff(self.external_usd)
        invested = self.equity_usd[:-1] + np.maximum(brought, 0.0)
        worth = self.equity_usd[1:] - np.minimum(brought, 0.0)
        factor = np.divide(worth, invested, out=np.ones_like(worth), where=invested > 0)
        growth = np.ones(len(self.times))
        np.cumprod(np.maximum(factor, 0.0), out=growth[1:])
        return growth

    def returns(self, period: timedelta = DAY) -> Floats:
        """Return what each whole period since the first point returned; the part of one at the end is left out.

        A period without a point returned nothing, and the next one all of it.
        """
        elapsed_us = self._elapsed_us()
        edges_us = np.arange(0, elapsed_us[-1] + 1, period // _MICROSECOND)
        level = self.growth()[np.searchsorted(elapsed_us, edges_us, side="right") - 1]
        before, after = level[:-1], level[1:]
        change: Floats = np.divide(after, before, out=np.ones_like(after), where=before > 0)
        return change - 1.0

    def _elapsed_us(self) -> Ints:
        first = self.times[0]
        return np.array([(time - first) // _MICROSECOND for time in self.times], dtype=np.int64)
