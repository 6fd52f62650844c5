"""Correlation of hourly log returns."""

from collections.abc import Sequence

import numpy as np

from poise_common.contracts.market_data import Candle


def return_correlation(candles: Sequence[Candle], benchmark: Sequence[Candle], *, points_min: int) -> float | None:
    """Return Pearson's correlation of the log returns over the hours both have; None where too few are.

    Only returns between candles one interval apart count: a hole is not a return.
    """
    closes = {candle.opened_at_ms: candle.close for candle in candles if candle.close > 0}
    benchmark_closes = {candle.opened_at_ms: candle.close for candle in benchmark if candle.close > 0}
    common = sorted(closes.keys() & benchmark_closes.keys())
    if len(common) <= points_min:
        return None
    times = np.array(common)
    steps = np.diff(times)
    adjacent = steps == steps.min()
    if int(adjacent.sum()) < points_min:
        return None
    returns = np.diff(np.log([closes[ms] for ms in common]))[adjacent]
    benchmark_returns = np.diff(np.log([benchmark_closes[ms] for ms in common]))[adjacent]
    if returns.std() == 0 or benchmark_returns.std() == 0:
        return None
    return float(np.corrcoef(returns, benchmark_returns)[0, 1])
