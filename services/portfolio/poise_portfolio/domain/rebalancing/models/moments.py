"""How far returns spread, and how they move together."""

import numpy as np

from poise_portfolio.domain.arrays import Floats, Ints


class Moments:
    """Of the log returns that are known, per bar, in the order of the columns of `closes`.

    A return that is missing (its close, or the one before it) counts for correlations as the mean of its asset:
    two that have few in common look less alike, and the correlations stay those of some series, whatever is missing:
    no portfolio has a negative variance. Where nothing is missing they are the sample's own.
    """

    def __init__(self, closes: Floats) -> None:
        returns = np.diff(np.log(closes), axis=0)
        is_known = np.isfinite(returns)
        self.counts: Ints = is_known.sum(axis=0)
        means = np.where(is_known, returns, 0.0).sum(axis=0) / np.maximum(self.counts, 1)
        self._centred: Floats = np.where(is_known, returns - means, 0.0)
        self.deviations: Floats = np.sqrt((self._centred**2).sum(axis=0) / np.maximum(self.counts - 1, 1))

    def correlations(self) -> Floats:
        """Return the (n, n) correlations; every asset must have moved."""
        aligned = self._aligned()
        return aligned.T @ aligned

    def deviation_of(self, weights: Floats) -> float:
        """Return the standard deviation, per bar, of the whole that has these weights."""
        return float(np.linalg.norm(self._aligned() @ (weights * self.deviations)))

    def _aligned(self) -> Floats:
        aligned: Floats = self._centred / np.linalg.norm(self._centred, axis=0)
        return aligned
