"""Funding rates: from the premium's average, by the venue's published formula, at any interval."""

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.randomness import generator_for

FloatArray = npt.NDArray[np.float64]

EIGHT_HOURS_S = 28_800
INTEREST_CLAMP = 0.0005


def funding_rate(average_premium: float, interest_per_8h: float, interval_s: float) -> float:
    """Compute the rate per interval.

    (P + clamp(interest - P, +-0.05 %)) / (8 h / interval), with P the average premium and the interest
    per 8 h: the venue's formula for intervals shorter than 8 h, taken on to any length.
    """
    pull = min(max(interest_per_8h - average_premium, -INTEREST_CLAMP), INTEREST_CLAMP)
    return (average_premium + pull) * interval_s / EIGHT_HOURS_S


def to_rate(rate: float) -> Decimal:
    """Round a rate to the 8 decimals the venue publishes."""
    return Decimal(f"{rate:.8f}")


def next_settlement_ms(now_ms: int, interval_s: int) -> int:
    """Find the first multiple of the interval after now."""
    interval_ms = interval_s * 1_000
    return (now_ms // interval_ms + 1) * interval_ms


class PremiumAverages:
    """Rolling means of sampled premiums, each over its own number of samples.

    They start as if every past sample had been the base premium.
    """

    def __init__(self, base: FloatArray, windows: Sequence[int]) -> None:
        """Take base premiums (n,) and window lengths in samples (n,)."""
        self._windows = np.array([max(1, window) for window in windows])
        self._ring = np.tile(base, (int(self._windows.max(initial=1)), 1))
        self._sums: FloatArray = base * self._windows
        self._columns = np.arange(len(base))
        self._count = 0

    def add(self, premiums: FloatArray) -> None:
        """Count one sample of each."""
        rows = self._count % self._windows
        self._sums = self._sums + premiums - self._ring[rows, self._columns]
        self._ring[rows, self._columns] = premiums
        self._count += 1

    @property
    def means(self) -> FloatArray:
        """Read the averages."""
        means: FloatArray = self._sums / self._windows
        return means


def past_rates(
    seed: int, symbol: str, *, base_premium: float, interest_per_8h: float, interval_s: int, count: int
) -> list[Decimal]:
    """Draw rates settled before start, oldest first: premium averages that wander around the base."""
    generator = generator_for(seed, "funding", symbol)
    premium = base_premium
    rates = []
    for shock in generator.standard_normal(count).tolist():
        premium = base_premium + 0.8 * (premium - base_premium) + 0.0002 * shock
        rates.append(to_rate(funding_rate(premium, interest_per_8h, interval_s)))
    return rates
