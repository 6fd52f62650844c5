"""Rolling correlations of log returns, kept up with as candles close."""

from collections.abc import Sequence
from math import isfinite, log

import numpy as np

from poise_portfolio.domain.arrays import Bools, Floats, Ints
from poise_portfolio.domain.correlations.pair_sums import PairSums

_LEAST_WIDTH = 8
_GROWTH = 1.25
"""Room that no series takes up costs its square."""


class RollingCorrelations:
    """Pairwise correlations over the last `bars` log returns of a growing set of series.

    Bars are numbered by their slot (opening time over interval). A return needs the closes of two neighbouring
    slots, so a gap costs the returns beside it; each pair is correlated over the slots that both have, as pandas'
    `corr(min_periods=…)` does. Changed slots are collected and their share of the running sums is exchanged on
    `refresh`: one new bar of N series costs O(N²), however long the window.
    """

    def __init__(self, bars: int, min_points: int) -> None:
        self._bars = bars
        self._min_points = min_points
        self._ring = bars + 1
        self._head = 0
        self._names: dict[str, int] = {}
        self._closes: Floats = np.full((self._ring, 0), np.nan)
        self._returns: Floats = np.full((self._ring, 0), np.nan)
        self._summed: Floats = np.full((self._ring, 0), np.nan)
        self._sums = PairSums()
        self._changed_rows: set[int] = set()

    @property
    def newest_slot(self) -> int | None:
        """Return the slot of the newest close; None without any."""
        return self._head or None

    @property
    def has_changed(self) -> bool:
        """Say whether something was recorded since the sums were brought up to it."""
        return bool(self._changed_rows)

    def record(self, name: str, slot: int, close: float) -> bool:
        """Take one close; return whether it is news: inside the window and not known before."""
        if not (close > 0 and isfinite(close)):
            return False
        column = self._column(name)
        self._advance(slot)
        row = slot % self._ring
        if slot <= self._head - self._ring or self._closes[row, column] == close:
            return False
        self._closes[row, column] = close
        for end in (slot, slot + 1):
            if self._head - self._bars < end <= self._head:
                row = end % self._ring
                change = self._closes[row, column] / self._closes[row - 1, column]
                self._returns[row, column] = log(change)
                self._changed_rows.add(row)
        return True

    def record_many(self, name: str, slots: Sequence[int] | Ints, closes: Sequence[float] | Floats) -> Bools:
        """Take closes of one series in any order; return for each whether it is news."""
        if len(slots) == 1:
            return np.array([self.record(name, int(slots[0]), float(closes[0]))])
        slot_of = np.asarray(slots, dtype=np.int64)
        close_of = np.asarray(closes, dtype=np.float64)
        is_price: Bools = (close_of > 0) & np.isfinite(close_of)
        if not is_price.any():
            return is_price
        column = self._column(name)
        self._advance(int(slot_of[is_price].max()))
        rows = slot_of % self._ring
        is_news: Bools = is_price & (slot_of > self._head - self._ring) & (self._closes[rows, column] != close_of)
        news = np.flatnonzero(is_news)
        self._closes[rows[news], column] = close_of[news]
        self._returns_around(slot_of[news], column)
        return is_news

    def refresh(self) -> None:
        """Bring the running sums up to what was recorded."""
        rows = np.array(sorted(self._changed_rows), dtype=np.int64)
        if 2 * len(rows) > self._ring:
            self._summed = self._returns.copy()
            self._sums.sum_anew(self._summed, np.arange(self._summed.shape[1]))
        elif len(rows):
            self._sums.exchange(self._returns[rows], self._summed[rows])
            self._summed[rows] = self._returns[rows]
        self._changed_rows.clear()

    def matrix(self) -> tuple[tuple[str, ...], Floats, int]:
        """Return the names that have returns, their correlations (NaN: unknown) and the most points of a pair."""
        self.refresh()
        rho, is_worn = self._sums.correlations(len(self._names), self._min_points)
        if is_worn.any():
            self._sums.sum_anew(self._summed, np.flatnonzero(is_worn))
            rho, _ = self._sums.correlations(len(self._names), self._min_points)
        points = self._sums.points
        known = [(name, column) for name, column in sorted(self._names.items()) if points[column] > 0]
        columns = np.array([column for _, column in known], dtype=np.int64)
        if not np.array_equal(columns, np.arange(len(rho))):
            rho = rho[np.ix_(columns, columns)]
        return tuple(name for name, _ in known), rho, int(points.max(initial=0))

    def closes(self, bars: int) -> dict[str, Floats]:
        """Return the last closes of each series, oldest first, NaN where one is missing; at most a window's worth."""
        slots = np.arange(self._head - min(bars, self._ring) + 1, self._head + 1)
        rows = slots % self._ring
        return {name: self._closes[rows, column] for name, column in self._names.items()}

    def _column(self, name: str) -> int:
        if name not in self._names:
            column = len(self._names)
            self._names[name] = column
            if column >= self._closes.shape[1]:
                self._grow(max(_LEAST_WIDTH, int(_GROWTH * column) + 1))
        return self._names[name]

    def _grow(self, width: int) -> None:
        more = ((0, 0), (0, width - self._closes.shape[1]))
        self._closes = np.pad(self._closes, more, constant_values=np.nan)
        self._returns = np.pad(self._returns, more, constant_values=np.nan)
        self._summed = np.pad(self._summed, more, constant_values=np.nan)
        self._sums.widen(width)

    def _advance(self, slot: int) -> None:
        if slot <= self._head:
            return
        new_slots = np.arange(max(self._head + 1, slot - self._ring + 1), slot + 1)
        new_rows = new_slots % self._ring
        self._closes[new_rows] = np.nan
        self._returns[new_rows] = np.nan
        first_rows = (new_slots - self._bars) % self._ring
        self._returns[first_rows] = np.nan
        self._changed_rows.update(new_rows.tolist(), first_rows.tolist())
        self._head = slot

    def _returns_around(self, slots: Ints, column: int) -> None:
        ends = np.concatenate((slots, slots + 1))  # one that is there twice gets the same return twice
        ends = ends[(ends > self._head - self._bars) & (ends <= self._head)]
        rows = ends % self._ring
        before, after = self._closes[(ends - 1) % self._ring, column], self._closes[rows, column]
        self._returns[rows, column] = np.log(after / before)
        self._changed_rows.update(rows.tolist())


def known_off_diagonal(rho: Floats) -> Floats:
    """Return the known correlations of different series, each pair's twice."""
    is_known = ~np.isnan(rho)
    np.fill_diagonal(is_known, val=False)
    known: Floats = rho[is_known]
    return known
