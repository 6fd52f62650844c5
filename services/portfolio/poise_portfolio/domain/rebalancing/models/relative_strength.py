"""The relative strength index of a series of closes."""

import numpy as np

from poise_portfolio.domain.arrays import Floats

NEUTRAL = 50.0
"""Where gains and losses are as large as each other."""


def relative_strength_index(closes: Floats, bars: int) -> float:
    """Return the index, 0 to 100, after the last of at least bars + 1 closes.

    Gains' share of gains and losses, each averaged by the first `bars` changes' mean, then by 1 / `bars` of each next
    change (J. W. Wilder, New Concepts in Technical Trading Systems, 1978).
    """
    changes = np.diff(closes)
    ages = np.arange(len(changes))[::-1]
    shares = (1 - 1 / bars) ** ages / bars
    shares[:bars] = (1 - 1 / bars) ** (len(changes) - bars) / bars
    gain, loss = np.maximum(changes, 0) @ shares, np.maximum(-changes, 0) @ shares
    return float(100 * gain / (gain + loss)) if gain + loss > 0 else NEUTRAL
