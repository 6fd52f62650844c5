"""The perpetuals' premium: a noisy base, and episodes of contango and backwardation."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile
from poise_simulator.domain.randomness import DrawBuffer, generator_for
from poise_simulator.domain.regimes import RegimeProfile, Span

BPS = 1e-4
DECAYS_TO_END = 4.0
"""Decay times after which an episode counts as converged: 2 % of its peak is left."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One excursion of an asset's premium; sizes are fractions of the price, signed by its direction."""

    asset: int
    started_s: float
    peak: float
    plateau_s: float
    undershoot: float
    onset_s: float
    decay_s: float
    undershoot_s: float

    @property
    def ends_s(self) -> float:
        """When the asset is back in its normal regime."""
        return self._decayed_s + self.undershoot_s

    @property
    def _decayed_s(self) -> float:
        return self.started_s + self.onset_s + self.plateau_s + DECAYS_TO_END * self.decay_s

    def premium_at(self, time_s: float) -> float:
        """Value the excursion at a time inside it."""
        age = time_s - self.started_s
        if age < self.onset_s:
            return self.peak * age / self.onset_s
        since_plateau = age - self.onset_s - self.plateau_s
        if since_plateau < 0.0:
            return self.peak
        left = math.exp(-since_plateau / self.decay_s)
        converging = self.peak * left - self.undershoot * (1.0 - left)
        fade = (self.ends_s - time_s) / self.undershoot_s
        return converging * min(1.0, max(0.0, fade))


class EpisodeSchedule:
    """Starts episodes: contango by two clocks of bounded gaps, backwardation by chance."""

    def __init__(self, assets: Sequence[AssetProfile], profile: RegimeProfile, seed: int) -> None:
        """Draw the first start of each clock; time 0 is the exchange's start."""
        self._profile = profile
        self._draws = DrawBuffer(generator_for(seed, "episodes"), block=64)
        groups = [
            [i for i, asset in enumerate(assets) if asset.perpetual is not None and asset.is_major is major]
            for major in (True, False)
        ]
        gaps = (profile.major_gap_s, profile.minor_gap_s)
        self._clocks = [
            _Clock(group, gap, self._draw(profile.first_gap_s))
            for group, gap in zip(groups, gaps, strict=True)
            if group
        ]
        self._last_started_s = {asset: self._draws.uniform() - 1e9 for clock in self._clocks for asset in clock.assets}
        self._backwardation_gap_s = 3_600.0 / max(profile.backwardation_per_hour * len(self._last_started_s), 1e-9)
        self._next_backwardation_s = self._draw_backwardation_gap()
        self.active: dict[int, Episode] = {}

    def step(self, time_s: float) -> None:
        """End and start what is due."""
        for asset in [asset for asset, episode in self.active.items() if episode.ends_s <= time_s]:
            del self.active[asset]
        for clock in self._clocks:
            while clock.next_s <= time_s:
                self._start(self._choose(clock.assets), time_s, self._profile.contango_peak_bps, 1.0)
                clock.next_s += self._draw(clock.gap_s)
        while self._next_backwardation_s <= time_s:
            asset = list(self._last_started_s)[int(self._draws.uniform() * len(self._last_started_s))]
            if asset not in self.active:
                self._start(asset, time_s, self._profile.backwardation_peak_bps, -1.0)
            self._next_backwardation_s += self._draw_backwardation_gap()

    def _choose(self, assets: Sequence[int]) -> int:
        """Pick among the longer-rested half of the assets without contango."""
        idle = [asset for asset in assets if asset not in self.active or self.active[asset].peak < 0.0]
        rested = sorted(idle or assets, key=self._last_started_s.__getitem__)
        return rested[int(self._draws.uniform() * ((len(rested) + 1) // 2))]

    def _start(self, asset: int, time_s: float, peak_bps: Span, sign: float) -> None:
        profile = self._profile
        self._last_started_s[asset] = time_s
        self.active[asset] = Episode(
            asset=asset,
            started_s=time_s,
            peak=sign * self._draw(peak_bps) * BPS,
            plateau_s=self._draw(profile.plateau_s),
            undershoot=sign * self._draw(profile.undershoot_bps) * BPS,
            onset_s=profile.onset_s,
            decay_s=profile.decay_s,
            undershoot_s=profile.undershoot_s,
        )

    def _draw(self, span: Span) -> float:
        return self._draws.between(span.low, span.high)

    def _draw_backwardation_gap(self) -> float:
        return -math.log(1.0 - self._draws.uniform()) * self._backwardation_gap_s


@dataclass(slots=True)
class _Clock:
    assets: list[int]
    gap_s: Span
    next_s: float


class Premiums:
    """Premiums of all assets as fractions of the index: the episodes' part, and the steady part."""

    def __init__(self, assets: Sequence[AssetProfile], profile: RegimeProfile, seed: int, step_s: float) -> None:
        """Start every asset at its base premium."""
        self.schedule = EpisodeSchedule(assets, profile, seed)
        self._generator = generator_for(seed, "premium-noise")
        self._base = np.array([asset.base_premium_bps for asset in assets]) * BPS
        self._keep = math.exp(-math.log(2.0) * step_s / profile.noise_half_life_s)
        self._shock = profile.noise_bps * BPS * math.sqrt(1.0 - self._keep**2)
        self._noise: npt.NDArray[np.float64] = np.zeros(len(assets))
        self._drawn = sum(not asset.is_drawn_apart for asset in assets)
        self.steady: npt.NDArray[np.float64] = self._base.copy()
        self.episodic: npt.NDArray[np.float64] = np.zeros(len(assets))

    def step(self, time_s: float) -> None:
        """Move all premiums to a time, in seconds since start."""
        shocks = self._shock * self._generator.standard_normal(self._drawn)
        self._noise[: self._drawn] = self._keep * self._noise[: self._drawn] + shocks
        self.steady = self._base + self._noise
        self.schedule.step(time_s)
        self.episodic = np.zeros(len(self._noise))
        for asset, episode in self.schedule.active.items():
            self.episodic[asset] = episode.premium_at(time_s)
