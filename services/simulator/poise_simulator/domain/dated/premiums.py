"""What dated futures are worth over the index: an annual rate an asset, that comes and goes, times the time left."""

import math

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.premiums import Episode
from poise_simulator.domain.randomness import DrawBuffer, generator_for
from poise_simulator.domain.regimes import BasisRegime

FloatArray = npt.NDArray[np.float64]

PIVOT_YEARS = 0.25
"""Where the tilt of the term structure turns: about a quarter out."""


class AnnualPremiums:
    """Annual premiums of some assets: a noisy base, episodes of contango, and a tilt over the terms."""

    def __init__(self, assets: int, regime: BasisRegime, seed: int, step_s: float) -> None:
        """Start at the base rate, all terms alike."""
        self._regime = regime
        self._generator = generator_for(seed, "dated premiums")
        self._draws = DrawBuffer(generator_for(seed, "dated episodes"), block=64)
        self._keep = math.exp(-math.log(2.0) * step_s / regime.noise_half_life_s)
        self._shocks = np.array([regime.noise_apr, regime.tilt_apr_per_year]) * math.sqrt(1.0 - self._keep**2)
        self._noise: FloatArray = np.zeros((2, assets))
        self._next_s = [self._gap() for _ in range(assets)]
        self._episodes: dict[int, Episode] = {}
        self._level: FloatArray = np.full(assets, regime.base_apr)

    def step(self, time_s: float) -> None:
        """Move all rates to a time, in seconds since start."""
        drawn = self._generator.standard_normal(self._noise.shape)
        self._noise = self._keep * self._noise + self._shocks[:, np.newaxis] * drawn
        self._level = self._regime.base_apr + self._noise[0]
        for asset in range(len(self._next_s)):
            if self._next_s[asset] <= time_s:
                self._episodes[asset] = self._episode(asset, time_s)
                self._next_s[asset] = self._episodes[asset].ends_s + self._gap()
            episode = self._episodes.get(asset)
            if episode is not None and time_s < episode.ends_s:
                self._level[asset] += episode.premium_at(time_s)

    def over_index(self, years_left: float) -> FloatArray:
        """Return each asset's premium at a term, as a fraction of the index: 0 when no time is left."""
        rates = self._level + self._noise[1] * (years_left - PIVOT_YEARS)
        premiums: FloatArray = np.clip(rates, self._regime.floor_apr, self._regime.cap_apr) * years_left
        return premiums

    def _gap(self) -> float:
        return self._draws.between(self._regime.gap_s.low, self._regime.gap_s.high)

    def _episode(self, asset: int, time_s: float) -> Episode:
        regime = self._regime
        return Episode(
            asset=asset,
            started_s=time_s,
            peak=self._draws.between(regime.peak_apr.low, regime.peak_apr.high),
            plateau_s=self._draws.between(regime.plateau_s.low, regime.plateau_s.high),
            undershoot=0.0,
            onset_s=regime.onset_s,
            decay_s=regime.decay_s,
            undershoot_s=regime.decay_s,
        )
