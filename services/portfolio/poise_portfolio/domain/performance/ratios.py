"""Ratios of what was earned to what was risked for it; None where one is not defined.

Returns are of equal periods, as fractions; `periods_per_year` annualises them; a risk-free rate is a year's.
"""

import numpy as np

from poise_portfolio.domain.arrays import Floats

_STILL = 1e-12
"""Deviations below this are what rounding leaves of none."""


def annualised_return(total_return: float, years: float) -> float | None:
    """Return the yearly rate that compounds to a total return."""
    if years <= 0:
        return None
    with np.errstate(over="ignore"):
        rate = float(np.power(1.0 + max(total_return, -1.0), 1.0 / years)) - 1.0
    return rate if np.isfinite(rate) else None


def volatility(returns: Floats, periods_per_year: float) -> float | None:
    """Return the annualised sample standard deviation."""
    if len(returns) < 2:
        return None
    return float(np.std(returns, ddof=1) * np.sqrt(periods_per_year))


def downside_deviation(returns: Floats, target: float, periods_per_year: float) -> float | None:
    """Return the annualised root mean square of what fell short of a period's target, over all periods (Sortino)."""
    if not len(returns):
        return None
    shortfalls = np.minimum(returns - target, 0.0)
    return float(np.sqrt(np.mean(shortfalls**2) * periods_per_year))


def sharpe_ratio(returns: Floats, periods_per_year: float, risk_free_rate: float) -> float | None:
    """Return mean excess return over its standard deviation, annualised (Sharpe 1994)."""
    excess = returns - per_period(risk_free_rate, periods_per_year)
    return _over(_mean_of_year(excess, periods_per_year), volatility(excess, periods_per_year))


def sortino_ratio(returns: Floats, periods_per_year: float, risk_free_rate: float) -> float | None:
    """Return mean excess return over the downside deviation about the risk-free rate, annualised (Sortino 1994)."""
    target = per_period(risk_free_rate, periods_per_year)
    deviation = downside_deviation(returns, target, periods_per_year)
    return _over(_mean_of_year(returns - target, periods_per_year), deviation)


def calmar_ratio(annualised: float | None, max_drawdown: float) -> float | None:
    """Return the annualised return over the deepest drawdown (Young 1991)."""
    return _over(annualised, max_drawdown)


def per_period(yearly_rate: float, periods_per_year: float) -> float:
    """Return the rate of a period that compounds to a yearly one."""
    return float((1.0 + yearly_rate) ** (1.0 / periods_per_year) - 1.0)


def _mean_of_year(excess: Floats, periods_per_year: float) -> float | None:
    return float(np.mean(excess) * periods_per_year) if len(excess) else None


def _over(earned: float | None, risked: float | None) -> float | None:
    if earned is None or risked is None or risked < _STILL:
        return None
    return earned / risked
