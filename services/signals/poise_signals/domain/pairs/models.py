"""A pair as its last hours show it."""

from dataclasses import dataclass

import numpy as np

from poise_signals.domain.arrays import Floats
from poise_signals.domain.pairs.spreads import KalmanNoise, Spread, SpreadMethod, fitted
from poise_signals.domain.reversion.bands import Band, band
from poise_signals.domain.reversion.half_life import half_life_bars


@dataclass(frozen=True, slots=True, eq=False)
class PairModel:
    """How two prices relate, where their spread usually stands, and how soon it comes back there."""

    spread: Spread
    band: Band
    half_life_bars: float | None
    """None where it does not come back."""
    spreads: Floats
    """Of all the bars it is modelled on, oldest first."""

    def whole_band(self, until_bars_ago: int, bars_min: int) -> Band | None:
        """Return the band of all the bars until so many ago, and of no fewer than the first `bars_min`."""
        return band(self.spreads[: max(len(self.spreads) - until_bars_ago, bars_min)])

    def z(self, first: float, second: float) -> float:
        """Return how many standard deviations the first stands above what the second makes of it."""
        return self.band.z(self.spread.of(first, second))

    @property
    def gain_per_deviation(self) -> float:
        """What one standard deviation earns a dollar of the first against its hedge, as a fraction."""
        return self.spread.gain(self.band.deviation, self.band.mean)

    def why_too_slow(self, lookback_bars: int) -> str | None:
        """Return why its half-life is no good for a band of so many bars, None if it is."""
        if self.half_life_bars is None:
            return "the spread does not come back: no half-life"
        if self.half_life_bars >= lookback_bars:
            return f"its half-life of {self.half_life_bars:.1f} bars is beyond the lookback of {lookback_bars}"
        return None


def modelled(closes: Floats, method: SpreadMethod, noise: KalmanNoise, lookback_bars: int) -> PairModel | str:
    """Model (hours, 2) closes, or say why they can't be traded.

    The relation and the half-life are of all of them, the band of the last `lookback_bars` spreads by that relation.
    """
    first, second = closes[:, 0], closes[:, 1]
    spread = fitted(method, first, second, noise)
    if not spread.hedge_exponent > 0:
        return f"the two move against each other: a hedge of {spread.hedge_exponent:.2f} is none"
    spreads = spread.series(first, second)
    usual = band(spreads[-lookback_bars:])
    if usual is None:
        return "the spread stands still"
    return PairModel(spread, usual, half_life_bars(spreads), spreads)


def log_closes(closes: Floats) -> tuple[Floats, Floats]:
    """Return the logarithms of (hours, 2) closes, apart."""
    logs: Floats = np.log(closes)
    return np.ascontiguousarray(logs[:, 0]), np.ascontiguousarray(logs[:, 1])
