"""How soon a deviation halves."""

from math import log

import numpy as np

from poise_signals.domain.arrays import Floats


def half_life_bars(spread: Floats) -> float | None:
    """Return −ln 2 / ln φ of the first-order autoregression s[t] = c + φ s[t−1] + e[t], by least squares, in bars.

    0 where nothing of a deviation is left a bar later (φ ≤ 0); None where it does not come back (φ ≥ 1) or stands
    still. Takes at least three values.
    """
    before, after = spread[:-1] - spread[:-1].mean(), spread[1:] - spread[1:].mean()
    squares = float(before @ before)
    if squares <= np.finfo(np.float64).tiny:
        return None
    kept_share = float(before @ after) / squares
    if kept_share >= 1:
        return None
    return -log(2) / log(kept_share) if kept_share > 0 else 0.0
