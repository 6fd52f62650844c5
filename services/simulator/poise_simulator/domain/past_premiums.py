"""Premiums before start: as they come and go in the live market, a minute at a time."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile
from poise_simulator.domain.premiums import Premiums
from poise_simulator.domain.randomness import generator_for
from poise_simulator.domain.regimes import RegimeProfile

FloatArray = npt.NDArray[np.float64]

STEP_S = 5
"""Short enough for the demo's episodes, which rise and fall within half a minute."""


def past_premiums(assets: Sequence[AssetProfile], regimes: RegimeProfile, seed: int, minutes: int) -> FloatArray:
    """Draw what the perpetuals are worth over spot at each of the last minutes' ends, as fractions: (minutes, assets).

    The last minute ends at the base premium, where the live market begins.
    """
    past_seed = int(generator_for(seed, "past premiums").integers(2**32))
    premiums = Premiums(assets, regimes, past_seed, STEP_S)
    steps_per_minute = 60 // STEP_S
    drawn = np.empty((minutes, len(assets)))
    for minute in range(minutes):
        for step in range(1, steps_per_minute + 1):
            premiums.step(float((minute * steps_per_minute + step) * STEP_S))
        drawn[minute] = premiums.steady + premiums.episodic
    drawn[-1] = [asset.base_premium_bps * 1e-4 for asset in assets]
    return drawn
