"""What a regime is told by: how much an asset moves, against its own past, and how straight."""

import numpy as np

from poise_signals.domain.arrays import Floats


def realised_volatilities(closes: Floats, bars: int) -> Floats:
    """Return the root mean square of each `bars` log returns in a row, per bar, oldest first.

    Takes at least bars + 1 closes, > 0.
    """
    squares = np.diff(np.log(closes)) ** 2
    sums = np.cumsum(np.concatenate(([0.0], squares)))
    found: Floats = np.sqrt(np.maximum(sums[bars:] - sums[:-bars], 0.0) / bars)
    return found


def percentile_of_newest(values: Floats) -> float:
    """Return where the newest value stands among those before it: the share below it in percent, ties by half."""
    past, newest = values[:-1], values[-1]
    below, equal = int((past < newest).sum()), int((past == newest).sum())
    return 100 * (below + equal / 2) / len(past)


def efficiency_ratio(closes: Floats) -> float:
    """Return Kaufman's efficiency ratio: the way from first to last close over the way walked, in [0, 1].

    P. J. Kaufman, Smarter Trading, 1995. 0 where nothing moved.
    """
    walked = float(np.abs(np.diff(closes)).sum())
    return abs(float(closes[-1] - closes[0])) / walked if walked > 0 else 0.0
