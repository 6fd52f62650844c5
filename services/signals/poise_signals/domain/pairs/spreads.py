"""What stands between the prices of two assets: their ratio, or what one's logarithm is beyond the other's share."""

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from poise_signals.domain.arrays import Floats


class SpreadMethod(StrEnum):
    RATIO = "ratio"
    """First price / second price: as much in dollars of one as of the other."""
    OLS = "ols"
    """ln first − β ln second, with β by least squares over the bars of the test."""
    KALMAN = "kalman"
    """ln first − β ln second, with the newest β of a Kalman filter that lets it wander."""


class KalmanNoise(NamedTuple):
    """What the filter takes for the spread's own moves, and what for the relation's; variances of log prices."""

    observation_variance: float
    state_variance_per_bar: float


class Spread(NamedTuple):
    """One relation of two prices; `hedge_exponent` dollars of the second hedge one of the first."""

    method: SpreadMethod
    hedge_exponent: float

    def of(self, first: float, second: float) -> float:
        """Return the spread at two prices."""
        if self.method is SpreadMethod.RATIO:
            return first / second
        return float(np.log(first)) - self.hedge_exponent * float(np.log(second))

    def series(self, first: Floats, second: Floats) -> Floats:
        """Return the spread at each bar of two series of closes."""
        found: Floats
        if self.method is SpreadMethod.RATIO:
            found = first / second
        else:
            found = np.log(first) - self.hedge_exponent * np.log(second)
        return found

    def gain(self, change: float, level: float) -> float:
        """Return what a change of the spread from a level earns a dollar of the first, long, against its hedge."""
        return change / level if self.method is SpreadMethod.RATIO else change


def fitted(method: SpreadMethod, first: Floats, second: Floats, noise: KalmanNoise) -> Spread:
    """Fit the relation of two series of closes of one length."""
    match method:
        case SpreadMethod.RATIO:
            return Spread(method, 1.0)
        case SpreadMethod.OLS:
            return Spread(method, least_squares_exponent(np.log(first), np.log(second)))
        case SpreadMethod.KALMAN:
            return Spread(method, kalman_exponent(np.log(first), np.log(second), noise))


def least_squares_exponent(log_first: Floats, log_second: Floats) -> float:
    """Return β of ln first = c + β ln second + e by least squares; 0 where the second stands still."""
    moved, moved_second = log_first - log_first.mean(), log_second - log_second.mean()
    squares = float(moved_second @ moved_second)
    return float(moved @ moved_second) / squares if squares > np.finfo(np.float64).tiny else 0.0


def kalman_exponent(log_first: Floats, log_second: Floats, noise: KalmanNoise) -> float:
    """Return the newest β of ln first = c + β ln second + e, with c and β random walks (Kalman 1960).

    Both series are taken from where they began, so that c starts at 0 and β at 1, each with variance 1; then for each
    bar P ← P + Q, S = H P H' + R, K = P H' / S, (c, β) ← (c, β) + K (y − H (c, β)), P ← P − K H P, with H = (1, x).
    """
    alpha, beta = 0.0, 1.0
    p_alpha, p_both, p_beta = 1.0, 0.0, 1.0
    wander, error = noise.state_variance_per_bar, noise.observation_variance
    for y, x in zip((log_first - log_first[0]).tolist(), (log_second - log_second[0]).tolist(), strict=True):
        p_alpha, p_beta = p_alpha + wander, p_beta + wander
        toward_alpha, toward_beta = p_alpha + p_both * x, p_both + p_beta * x
        variance = toward_alpha + toward_beta * x + error
        surprise = y - alpha - beta * x
        alpha += toward_alpha / variance * surprise
        beta += toward_beta / variance * surprise
        p_alpha -= toward_alpha * toward_alpha / variance
        p_both -= toward_alpha * toward_beta / variance
        p_beta -= toward_beta * toward_beta / variance
    return beta
