"""Sums over the slots that both series of a pair have, and the correlations that they make."""

import numpy as np

from poise_portfolio.domain.arrays import Bools, Floats, Ints

_LEAST_VARIANCE = 1e-16
"""A series that moves by less than 1e-8 a bar stands still: what is left of it in the sums is rounding."""
_LEAST_SHARE = 1e-5
"""As little of the mean square left about the mean is a series that moves by the same in each bar: it stands still."""
_DRIFT_MAX = 2e-10
"""What rounding may do to a correlation before its series are summed anew."""
_ROUNDING = 3 * float(np.finfo(np.float64).eps)
"""Of one addition, in each of the three sums that a covariance is made of."""
_ROUNDINGS_OF_A_SUM = 4
_BLOCK = 64
"""Rows at a time: what is worked on stays in the processor's cache."""


class PairSums:
    """By pair (i, j), over the slots both have: how many, sum of i, sum of i², sum of i × j.

    Slots come and go by adding and taking away, each of which rounds. How far that can have got is known: by how many
    rounded additions of how large returns, against how much the pair moves now. Where it could be seen the series are
    summed anew: after a bar so wild that the others are lost beside it, and else after some thousand bars.
    """

    def __init__(self) -> None:
        self._sums: Floats = np.zeros((4, 0, 0))
        self._peaks: Floats = np.zeros(0)
        """The largest unsigned return that went into a series' sums since they were summed."""
        self._exchanged: Floats = np.zeros(0)
        """How many returns were added or taken away since."""

    @property
    def points(self) -> Floats:
        """Return how many returns each series has."""
        return np.diagonal(self._sums[0])

    def widen(self, series: int) -> None:
        """Make room for more series."""
        more = (0, series - len(self._peaks))
        self._sums = np.pad(self._sums, ((0, 0), more, more))
        self._peaks = np.pad(self._peaks, more)
        self._exchanged = np.pad(self._exchanged, more)

    def exchange(self, came: Floats, went: Floats) -> None:
        """Add slots and take others away: (slots, series) returns, NaN where there is none."""
        returns = np.concatenate((came, went))
        signs = np.repeat((1.0, -1.0), (len(came), len(went)))
        is_there = ~np.isnan(returns)
        is_slot = is_there.any(axis=1)
        returns, signs, is_there = returns[is_slot], signs[is_slot], is_there[is_slot]
        if not len(returns):
            return
        present, values = is_there.astype(np.float64), np.nan_to_num(returns)
        signed_present, signed_values = (signs[:, None] * part for part in (present, values))
        factors = (
            (signed_present, present),
            (signed_values, present),
            (signed_values * values, present),
            (signed_values, values),
        )
        for first in range(0, returns.shape[1], _BLOCK):
            rows = slice(first, first + _BLOCK)
            for sums, (left, right) in zip(self._sums, factors, strict=True):
                sums[rows] += left[:, rows].T @ right
        np.maximum(self._peaks, np.abs(values).max(axis=0), out=self._peaks)
        self._exchanged += present.sum(axis=0)

    def sum_anew(self, returns: Floats, series: Ints) -> None:
        """Sum some series over all slots, with each other and with all others; returns as (slots, series)."""
        is_there = ~np.isnan(returns)
        present, values = is_there.astype(np.float64), np.nan_to_num(returns)
        some_present, some_values = present[:, series], values[:, series]
        counts, products = some_present.T @ present, some_values.T @ values
        self._sums[0][series], self._sums[0][:, series] = counts, counts.T
        self._sums[1][series], self._sums[1][:, series] = some_values.T @ present, values.T @ some_present
        self._sums[2][series], self._sums[2][:, series] = (some_values**2).T @ present, (values**2).T @ some_present
        self._sums[3][series], self._sums[3][:, series] = products, products.T
        self._peaks[series] = np.abs(some_values).max(axis=0, initial=0.0)
        self._exchanged[series] = 0.0

    def correlations(self, series: int, points_min: int) -> tuple[Floats, Bools]:
        """Return the correlations of the first so many series, NaN where unknown, and which should be summed anew."""
        rho: Floats = np.empty((series, series))
        is_worn = np.zeros(series, dtype=np.bool_)
        drift = np.sqrt(_ROUNDING * (self._exchanged[:series] + _ROUNDINGS_OF_A_SUM)) * self._peaks[:series]
        with np.errstate(divide="ignore", invalid="ignore"):
            wear = drift / np.sqrt(self._own_variance(series))
            for first in range(0, series, _BLOCK):
                rows, rest = slice(first, min(first + _BLOCK, series)), slice(first, series)
                block, exceeds = self._block(rows, rest, points_min, drift)
                rho[rows, rest], rho[rest, rows] = block, block.T
                if exceeds.any():
                    is_row_worse = wear[rows, None] >= wear[None, rest]
                    is_worn[rows] |= (exceeds & is_row_worse).any(axis=1)
                    is_worn[rest] |= (exceeds & ~is_row_worse).any(axis=0)
        own = np.diag_indices(series)
        rho[own] = np.where(np.isnan(rho[own]), np.nan, 1.0)
        return rho, is_worn & (self._exchanged[:series] > 0)

    def _own_variance(self, series: int) -> Floats:
        count, total, squares = (np.diagonal(sums)[:series] for sums in self._sums[:3])
        variance: Floats = squares / count - (total / count) ** 2
        return variance

    def _block(self, rows: slice, rest: slice, points_min: int, drift: Floats) -> tuple[Floats, Bools]:
        """Return the correlations of some series with the rest, and for which of them drift exceeds what it may.

        Variances and covariances are taken times the squared count, which falls out of a correlation.
        """
        count, total, squares, products = self._sums[:, rows, rest]
        other_total, other_squares = self._sums[1, rest, rows].T, self._sums[2, rest, rows].T
        count_squared = count * count
        least = count_squared * _LEAST_VARIANCE
        scaled, other_scaled = squares * count, other_squares * count
        variance, other_variance = scaled - total * total, other_scaled - other_total * other_total
        is_unknown = count < points_min
        is_unknown |= variance <= np.maximum(scaled * _LEAST_SHARE, least)
        is_unknown |= other_variance <= np.maximum(other_scaled * _LEAST_SHARE, least)
        spread = np.sqrt(variance * other_variance)
        rho = (products * count - total * other_total) / spread
        np.clip(rho, -1.0, 1.0, out=rho)
        np.copyto(rho, np.nan, where=is_unknown)
        exceeds = (drift[rows, None] * (drift[rest] / _DRIFT_MAX)) * count_squared > spread
        exceeds &= ~is_unknown
        return rho, exceeds
