"""The small depegs that stablecoins live with: tens of basis points, gone again by themselves."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile
from poise_simulator.domain.premiums import BPS, Episode
from poise_simulator.domain.randomness import DrawBuffer, generator_for
from poise_simulator.domain.regimes import DepegRegime, Span

FloatArray = npt.NDArray[np.float64]


class Depegs:
    """How far each asset stands off its peg, by column; assets without a peg stay at 0."""

    def __init__(self, assets: Sequence[AssetProfile], regime: DepegRegime, seed: int) -> None:
        """Stand at the peg; each coin's depegs are drawn from a generator of its own."""
        self._regime = regime
        self._pegged = [column for column, asset in enumerate(assets) if asset.is_pegged]
        self._draws = {
            column: DrawBuffer(generator_for(seed, "depegs", assets[column].base), block=16) for column in self._pegged
        }
        self._next_s = {column: self._draw(column, regime.gap_s) for column in self._pegged}
        self._episodes: dict[int, Episode] = {}
        self.values: FloatArray = np.zeros(len(assets))

    def step(self, time_s: float) -> None:
        """Move to a time, in seconds since start."""
        for column in self._pegged:
            if self._next_s[column] <= time_s:
                self._episodes[column] = self._episode(column, time_s)
                self._next_s[column] = self._episodes[column].ends_s + self._draw(column, self._regime.gap_s)
            episode = self._episodes.get(column)
            is_under_way = episode is not None and time_s < episode.ends_s
            self.values[column] = episode.premium_at(time_s) if episode is not None and is_under_way else 0.0

    def _episode(self, column: int, time_s: float) -> Episode:
        regime = self._regime
        is_below = self._draws[column].uniform() < regime.share_below
        return Episode(
            asset=column,
            started_s=time_s,
            peak=self._draw(column, regime.peak_bps) * BPS * (-1.0 if is_below else 1.0),
            plateau_s=self._draw(column, regime.plateau_s),
            undershoot=0.0,
            onset_s=regime.onset_s,
            decay_s=regime.decay_s,
            undershoot_s=regime.decay_s,
        )

    def _draw(self, column: int, span: Span) -> float:
        return self._draws[column].between(span.low, span.high)
