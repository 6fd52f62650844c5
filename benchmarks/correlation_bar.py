"""What one new bar costs: 1,000 assets over 2,160 hourly returns, each of which closes once more.

The peer is pandas' full `.corr()` of the same returns in the same run: the bar is to be at least 50 times faster, from
the closes told one by one to the finished matrix, and the two matrices are the same to 1e-9.
"""

import sys
from functools import partial

import numpy as np
import pandas as pd

from benchmarks.timing import Figures, Stopwatch, tell
from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.correlations.rolling import RollingCorrelations

_ASSETS, _BARS, _POINTS_MIN = 1_000, 2_160, 720
_CALLS, _WARM_UP, _FULL_CALLS = 60, 5, 3
_TIMES_FASTER = 50
_TOLERANCE = 1e-9
_GAPS = 0.002
"""So much of the bars is missing."""


def main() -> None:
    """Print the figures; exits with 1 where the bar is not as much faster as it should be."""
    closes = _closes(_BARS + 1 + _CALLS)
    names = [f"A{asset:04}" for asset in range(_ASSETS)]
    rolling = RollingCorrelations(_BARS, _POINTS_MIN)
    for column, name in enumerate(names):
        rolling.record_many(name, np.arange(1, _BARS + 2), closes[: _BARS + 1, column])
    rolling.matrix()
    watch = Stopwatch("one new bar of all assets")
    for call in range(_CALLS):
        slot = _BARS + 2 + call
        _, rho, _ = watch.time(partial(_bar, rolling, names, slot, closes[slot - 1]))
    window = pd.DataFrame(np.diff(np.log(closes[-_BARS - 1 :]), axis=0))
    full = Stopwatch("pandas: the whole anew")
    for _ in range(_FULL_CALLS):
        expected = full.time(partial(window.corr, min_periods=_POINTS_MIN))
    np.testing.assert_allclose(rho, expected.to_numpy(), atol=_TOLERANCE)
    bar, peer = watch.figures(warm_up=_WARM_UP), full.figures(warm_up=0)
    tell([bar, peer])
    _tell_ratio(bar, peer)


def _bar(
    rolling: RollingCorrelations, names: list[str], slot: int, closes: Floats
) -> tuple[tuple[str, ...], Floats, int]:
    for name, close in zip(names, closes.tolist(), strict=True):
        rolling.record(name, slot, close)
    return rolling.matrix()


def _closes(bars: int) -> Floats:
    """Make a market: what all share, what each has for itself, and a bar missing here and there."""
    dice = np.random.default_rng(5)
    shared = dice.normal(0, 0.004, (bars, 1))
    own = dice.standard_t(4, (bars, _ASSETS)) * 0.004
    closes: Floats = 100 * np.exp(np.cumsum(shared * dice.uniform(0.3, 1.5, _ASSETS) + own, axis=0))
    closes[dice.random((bars, _ASSETS)) < _GAPS] = np.nan
    return closes


def _tell_ratio(bar: Figures, peer: Figures) -> None:
    ratio = peer.p50_ms / bar.p50_ms
    sys.stderr.write(f"{ratio:.0f} times faster; at least {_TIMES_FASTER}\n")
    if ratio < _TIMES_FASTER:
        sys.exit(1)


if __name__ == "__main__":
    main()
