"""How far a series stands from where it usually stands."""

from typing import NamedTuple

from poise_signals.domain.arrays import Floats

_LEAST_SHARE = 1e-9
"""Of its own level: a series that moves by less stands still, and its moves are rounding."""


class Band(NamedTuple):
    """The mean and the sample standard deviation of a series' last values."""

    mean: float
    deviation: float

    def z(self, value: float) -> float:
        """Return how many standard deviations above the mean a value stands."""
        return (value - self.mean) / self.deviation


def band(values: Floats) -> Band | None:
    """Return the band of at least two values, None where they stand still; divides by n − 1."""
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    return Band(mean, deviation) if deviation > _LEAST_SHARE * max(abs(mean), _LEAST_SHARE) else None
