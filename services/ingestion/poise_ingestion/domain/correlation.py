"""Correlation of log returns between two assets."""

from collections.abc import Sequence
from itertools import pairwise
from math import log
from statistics import StatisticsError, correlation

from poise_common.contracts.market_data import Candle


def return_correlation(
    candles: Sequence[Candle], benchmark: Sequence[Candle], *, step_ms: int, points_min: int
) -> float | None:
    """Return Pearson's correlation of the log returns over the steps both have; None where too few are.

    Only returns between candles one step apart count: a hole is not a return.
    """
    returns = _returns(candles, step_ms)
    benchmark_returns = _returns(benchmark, step_ms)
    common = sorted(returns.keys() & benchmark_returns.keys())
    if len(common) < points_min:
        return None
    try:
        return correlation([returns[ms] for ms in common], [benchmark_returns[ms] for ms in common])
    except StatisticsError:  # one of them never moved
        return None


def _returns(candles: Sequence[Candle], step_ms: int) -> dict[int, float]:
    return {
        later.opened_at_ms: log(later.close / earlier.close)
        for earlier, later in pairwise(candles)
        if later.opened_at_ms - earlier.opened_at_ms == step_ms and earlier.close > 0 and later.close > 0
    }
