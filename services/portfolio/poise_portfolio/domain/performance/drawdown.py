"""How far and how long below its highest level a curve was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from poise_portfolio.domain.arrays import Floats

_ROUNDING = 1e-12
"""A product of returns that comes back to where it was misses it by less."""


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The way down from a high and back up to it."""

    depth: float
    """Share of the high that was lost at the lowest point: 0.2 is a fifth."""
    high_at: datetime
    """The last time at the high."""
    low_at: datetime
    recovered_at: datetime | None
    """None while it lasts."""


def drawdowns(growth: Floats) -> Floats:
    """Return how far below its highest level so far each point is, as a share of that: 0 at a high, 1 with all lost."""
    depths: Floats = 1.0 - growth / np.maximum.accumulate(growth)
    return np.where(depths < _ROUNDING, 0.0, depths)


def deepest(times: Sequence[datetime], growth: Floats) -> Drawdown | None:
    """Return the deepest drawdown, the first of equals; None where the curve never fell."""
    depths = drawdowns(growth)
    low = int(np.argmax(depths))
    if depths[low] == 0:
        return None
    high = int(np.flatnonzero(depths[:low] == 0)[-1])
    back = np.flatnonzero(depths[low:] == 0)
    recovered_at = times[low + int(back[0])] if len(back) else None
    return Drawdown(float(depths[low]), times[high], times[low], recovered_at)


def longest_under_water(times: Sequence[datetime], growth: Floats) -> timedelta:
    """Return the longest time from a high until that level was reached again, or until the curve ends."""
    depths = drawdowns(growth)
    highs = np.flatnonzero(depths == 0).tolist()
    spells = (
        times[end] - times[high]
        for high, end in pairwise([*highs, len(times) - 1])
        if end > high and depths[high + 1] > 0
    )
    return max(spells, default=timedelta(0))
