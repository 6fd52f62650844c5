"""Whether two series keep together: the two-step test of Engle and Granger (1987)."""

from dataclasses import dataclass
from math import ceil, log
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEAST_UNEXPLAINED = 1e-12
"""Share of the variance: where the other series explains all but that, what is left over is rounding."""

_TINY = float(np.finfo(np.float64).tiny)
"""Stands for no variance at all, whose logarithm and inverse there is none of."""

# MacKinnon (1994), "Approximate asymptotic distribution functions for unit-root and cointegration tests", tau with a
# constant, two series: Φ(polynomial in tau) is the p-value, by one polynomial in the left tail and another beside it.
_LEFT_TAIL_TO = -2.62
_LEFT_TAIL = (2.92, 1.5012, 0.039796)
_BODY = (2.1945, 0.64695, -0.29198, -0.042377)
_CERTAIN_FROM, _HOPELESS_FROM = -18.86, 0.92
"""Beyond what the polynomials were fitted on, p is 0 and 1."""

# MacKinnon (2010), "Critical values for cointegration tests", table 2, two series, constant: b∞ + b₁ / n + b₂ / n².
_CRITICAL_1_PCT = (-3.89644, -10.9519, -33.527)
_CRITICAL_5_PCT = (-3.33613, -6.1101, -6.823)
_CRITICAL_10_PCT = (-3.04445, -4.2412, -2.720)


class UntestableSeries(ValueError):
    """Two series cannot be tested for cointegration."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"cointegration cannot be tested: {reason}")
        self.reason = reason


class CriticalValues(NamedTuple):
    """What the statistic must be below at each level of significance, for the number of bars that were tested."""

    at_1_pct: float
    at_5_pct: float
    at_10_pct: float


@dataclass(frozen=True, slots=True)
class Cointegration:
    """How one series follows another, and how sure it is that what is between them comes back."""

    hedge_ratio: float
    """Of the other series for one of the dependent one."""
    intercept: float
    statistic: float
    """Dickey–Fuller's t of what is left over; the further below zero, the surer."""
    p_value: float
    """Of seeing that without cointegration; asymptotic."""
    critical_values: CriticalValues
    lags: int
    half_life_bars: float | None
    """In which a deviation halves, as a first-order autoregression; None where it does not come back."""


def engle_granger(dependent: Floats, other: Floats, lags: int | None = None) -> Cointegration:
    """Regress one series on the other with a constant, and test what is left over for a unit root.

    Lagged changes are as many as `lags`, else as Akaike's criterion takes of up to 12 × (bars / 100)^¼ (Schwert 1989).
    Which series is the dependent one matters. Raises UntestableSeries for unlike lengths, values that are not finite,
    too few bars, a series that stands still, and two that are one and the same.
    """
    dependent, other = np.asarray(dependent, dtype=np.float64), np.asarray(other, dtype=np.float64)
    _refuse_untestable(dependent, other)
    bars = len(dependent)
    lags_max = min(ceil(12 * (bars / 100) ** 0.25), bars // 2 - 2) if lags is None else lags
    if bars < 2 * lags_max + 4:
        raise UntestableSeries(f"{bars} bars are too few for {lags_max} lags; {2 * lags_max + 4} would pass")
    hedge_ratio, intercept, residuals = _regress(dependent, other)
    lags = _lags_by_akaike(residuals, lags_max) if lags is None else lags
    statistic = _unit_root_t(residuals, lags)
    return Cointegration(
        hedge_ratio,
        intercept,
        statistic,
        p_value=_p_value(statistic),
        critical_values=_critical_values(bars - 1),
        lags=lags,
        half_life_bars=_half_life_bars(residuals),
    )


def _refuse_untestable(dependent: Floats, other: Floats) -> None:
    if dependent.shape != other.shape or dependent.ndim != 1:
        raise UntestableSeries(f"the series have shapes {dependent.shape} and {other.shape}")
    if len(dependent) < 4:
        raise UntestableSeries(f"{len(dependent)} bars are too few; 4 would pass")
    if not (np.isfinite(dependent).all() and np.isfinite(other).all()):
        raise UntestableSeries("a value is missing")
    if np.ptp(dependent) == 0 or np.ptp(other) == 0:
        raise UntestableSeries("a series stands still")


def _regress(dependent: Floats, other: Floats) -> tuple[float, float, Floats]:
    """Return slope, intercept and residuals of least squares; about the means, where nothing cancels out."""
    moved, moved_other = dependent - dependent.mean(), other - other.mean()
    slope = float(moved @ moved_other / (moved_other @ moved_other))
    residuals: Floats = moved - slope * moved_other
    if residuals @ residuals < _LEAST_UNEXPLAINED * (moved @ moved):
        raise UntestableSeries("one series is the other, scaled: nothing is left between them")
    return slope, float(dependent.mean() - slope * other.mean()), residuals


def _lags_by_akaike(residuals: Floats, lags_max: int) -> int:
    """Return the number of lags with the least criterion, all on the bars that the most lags leave."""
    design, change = _lagged(residuals, lags_max)
    bars = len(change)

    def criterion(lags: int) -> float:
        left_over = _left_over(design[:, : 1 + lags], change)
        return bars * log(max(float(left_over @ left_over), _TINY) / bars) + 2 * (1 + lags)

    return min(range(lags_max + 1), key=criterion)


def _unit_root_t(residuals: Floats, lags: int) -> float:
    """Return the t-ratio of the level in a regression of the change on it and on lagged changes, without a constant."""
    design, change = _lagged(residuals, lags)
    left_over = _left_over(design, change)
    variance = max(float(left_over @ left_over), _TINY) / (len(change) - design.shape[1])
    triangle = np.linalg.qr(design, mode="r")
    level_row = np.linalg.inv(triangle)[0]
    coefficient = float(np.linalg.lstsq(design, change)[0][0])
    return coefficient / float(np.sqrt(variance * (level_row @ level_row)))


def _lagged(residuals: Floats, lags: int) -> tuple[Floats, Floats]:
    """Return the level before each change beside the `lags` changes before it, and the changes."""
    changes = np.diff(residuals)
    count = len(changes) - lags
    columns = [residuals[lags:-1], *(changes[lags - back : lags - back + count] for back in range(1, lags + 1))]
    return np.column_stack(columns), changes[lags:]


def _left_over(design: Floats, target: Floats) -> Floats:
    left_over: Floats = target - design @ np.linalg.lstsq(design, target)[0]
    return left_over


def _p_value(statistic: float) -> float:
    if statistic <= _CERTAIN_FROM:
        return 0.0
    if statistic >= _HOPELESS_FROM:
        return 1.0
    coefficients = _LEFT_TAIL if statistic <= _LEFT_TAIL_TO else _BODY
    return NormalDist().cdf(float(np.polynomial.polynomial.polyval(statistic, coefficients)))


def _critical_values(bars: int) -> CriticalValues:
    surfaces = (_CRITICAL_1_PCT, _CRITICAL_5_PCT, _CRITICAL_10_PCT)
    return CriticalValues(*(b0 + b1 / bars + b2 / bars**2 for b0, b1, b2 in surfaces))


def _half_life_bars(residuals: Floats) -> float | None:
    before, after = residuals[:-1], residuals[1:]
    kept_share = float(before @ after / (before @ before))
    if kept_share >= 1:
        return None
    return log(0.5) / log(kept_share) if kept_share > 0 else 0.0
