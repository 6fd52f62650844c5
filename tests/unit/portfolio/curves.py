"""Equity curves by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from poise_portfolio.domain.performance.curve import DAY, EquityCurve

START = datetime(2026, 1, 1, tzinfo=UTC)


def curve(
    equity_usd: Sequence[float], external_usd: Sequence[float] | None = None, every: timedelta = DAY
) -> EquityCurve:
    """Points that are equally far from each other."""
    times = tuple(START + place * every for place in range(len(equity_usd)))
    external = np.zeros(len(equity_usd)) if external_usd is None else np.array(external_usd, dtype=np.float64)
    return EquityCurve(times, np.array(equity_usd, dtype=np.float64), external)


def curve_of_returns(returns: Sequence[float], every: timedelta = DAY, capital_usd: float = 1.0) -> EquityCurve:
    return curve(list(capital_usd * np.cumprod([1.0, *(1.0 + change for change in returns)])), every=every)
