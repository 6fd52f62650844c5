"""Rolling correlations of log returns, kept up with as candles close."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_LEAST_VARIANCE = 1e-16
"""A series that moves by less than 1e-8 a bar stands still: what is left of it in the sums is rounding."""


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
        self._sums: Floats = np.zeros((4, 0, 0))
        """By pair (i, j) over the slots both have: how many, sum of i, sum of i², sum of i × j."""
        self._changed_rows: set[int] = set()
        self._exchanged_rows = 0

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
        return bool(self.record_many(name, (slot,), (close,))[0])

    def record_many(self, name: str, slots: Sequence[int] | Ints, closes: Sequence[float] | Floats) -> Bools:
        """Take closes of one series in any order; return for each whether it is news."""
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
        """Bring the running sums up to what was recorded.

        Adding and taking away leaves rounding behind, so the sums are made anew once a window has gone by.
        """
        if len(self._changed_rows) + self._exchanged_rows > self._ring:
            self._sums[:] = 0
            self._add(self._returns, np.ones(self._ring))
            self._summed = self._returns.copy()
            self._exchanged_rows = 0
        elif self._changed_rows:
            rows = np.array(sorted(self._changed_rows), dtype=np.int64)
            signs = np.repeat((1.0, -1.0), len(rows))
            self._add(np.concatenate((self._returns[rows], self._summed[rows])), signs)
            self._summed[rows] = self._returns[rows]
            self._exchanged_rows += len(rows)
        self._changed_rows.clear()

    def matrix(self) -> tuple[tuple[str, ...], Floats, int]:
        """Return the names that have returns, their correlations (NaN: unknown) and the most points of a pair."""
        self.refresh()
        counts = np.diagonal(self._sums[0])
        known = [(name, column) for name, column in sorted(self._names.items()) if counts[column] > 0]
        columns = np.array([column for _, column in known], dtype=np.int64)
        count, total, squares, products = self._sums[:, columns[:, None], columns[None, :]]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = squares / count - (total / count) ** 2
            covariance = products / count - total * total.T / count**2
            rho = covariance / np.sqrt(variance * variance.T)
        is_known = (count >= self._min_points) & (variance > _LEAST_VARIANCE) & (variance.T > _LEAST_VARIANCE)
        rho = np.where(is_known, np.clip(rho, -1.0, 1.0), np.nan)
        rho[np.diag_indices_from(rho)] = np.where(np.diagonal(is_known), 1.0, np.nan)
        return tuple(name for name, _ in known), rho, int(count.max(initial=0))

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
                self._grow(max(8, 2 * column))
        return self._names[name]

    def _grow(self, width: int) -> None:
        more = ((0, 0), (0, width - self._closes.shape[1]))
        self._closes = np.pad(self._closes, more, constant_values=np.nan)
        self._returns = np.pad(self._returns, more, constant_values=np.nan)
        self._summed = np.pad(self._summed, more, constant_values=np.nan)
        self._sums = np.pad(self._sums, ((0, 0), more[1], more[1]))

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
        ends = np.unique(np.concatenate((slots, slots + 1)))
        ends = ends[(ends > self._head - self._bars) & (ends <= self._head)]
        rows = ends % self._ring
        before, after = self._closes[(ends - 1) % self._ring, column], self._closes[rows, column]
        self._returns[rows, column] = np.log(after / before)
        self._changed_rows.update(rows.tolist())

    def _add(self, returns: Floats, weights: Floats) -> None:
        present = (~np.isnan(returns)).astype(np.float64)
        values = np.nan_to_num(returns)
        weighted_present, weighted_values = (weights[:, None] * part for part in (present, values))
        self._sums[0] += weighted_present.T @ present
        self._sums[1] += weighted_values.T @ present
        self._sums[2] += (weighted_values * values).T @ present
        self._sums[3] += weighted_values.T @ values
