"""What an equity curve says of the desk, or of a part of it, in the field's standard figures."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from poise_portfolio.domain.performance.curve import DAY, YEAR, EquityCurve
from poise_portfolio.domain.performance.drawdown import deepest, longest_under_water
from poise_portfolio.domain.performance.ratios import (
    annualised_return,
    calmar_ratio,
    sharpe_ratio,
    sortino_ratio,
    volatility,
)


@dataclass(frozen=True, slots=True)
class Metrics:
    """Returns and ratios as fractions, time-weighted: transfers are no returns. None where a figure is not defined."""

    since: datetime
    until: datetime
    periods: int
    """Whole periods (days, unless asked otherwise) that volatility and the ratios of it are from."""
    total_return: float
    annualised_return: float | None
    """Over a year of 365 days; None before the first whole period has gone by."""
    volatility: float | None
    sharpe: float | None
    sortino: float | None
    calmar: float | None
    max_drawdown: float
    """Share of the highest level that was lost, of all points: 0.2 is a fifth; 0 where the curve never fell."""
    drawdown_from: datetime | None
    drawdown_to: datetime | None
    """The lowest point."""
    recovered_at: datetime | None
    """None while that drawdown lasts."""
    under_water_days: float
    """The longest time that a high was not reached again."""


def metrics_of(curve: EquityCurve, risk_free_rate: float, period: timedelta = DAY) -> Metrics:
    """Reckon a curve's figures; `risk_free_rate` is a year's, as a fraction."""
    growth = curve.growth()
    returns = curve.returns(period)
    periods_per_year = YEAR / period
    total_return = float(growth[-1]) - 1.0
    is_annual = len(returns) > 0
    annualised = annualised_return(total_return, curve.length / YEAR) if is_annual else None
    drawdown = deepest(curve.times, growth)
    max_drawdown = 0.0 if drawdown is None else drawdown.depth
    return Metrics(
        since=curve.times[0],
        until=curve.times[-1],
        periods=len(returns),
        total_return=total_return,
        annualised_return=annualised,
        volatility=volatility(returns, periods_per_year),
        sharpe=sharpe_ratio(returns, periods_per_year, risk_free_rate),
        sortino=sortino_ratio(returns, periods_per_year, risk_free_rate),
        calmar=calmar_ratio(annualised, max_drawdown),
        max_drawdown=max_drawdown,
        drawdown_from=None if drawdown is None else drawdown.high_at,
        drawdown_to=None if drawdown is None else drawdown.low_at,
        recovered_at=None if drawdown is None else drawdown.recovered_at,
        under_water_days=longest_under_water(curve.times, growth) / DAY,
    )
