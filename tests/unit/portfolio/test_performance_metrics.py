from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from tests.unit.portfolio.curves import START, curve, curve_of_returns
from tests.unit.portfolio.desk import shipped_parameters

from poise_portfolio.domain.performance.curve import DAY, YEAR
from poise_portfolio.domain.performance.metrics import metrics_of
from poise_portfolio.domain.performance.ratios import (
    annualised_return,
    calmar_ratio,
    downside_deviation,
    per_period,
    sharpe_ratio,
    sortino_ratio,
    volatility,
)

TRADING_DAYS = 252
# The series and the answers by which empyrical, and the libraries after it, test themselves; theirs is an equity year,
# and they count nine days of it.
EMPYRICAL = np.array([0.01, 0.10, -0.04, 0.02, 0.03, 0.02, 0.01, -0.10])
EMPYRICAL_YEARS = 9 / TRADING_DAYS
# Rollinger & Hoffman, "Sortino: a 'sharper' ratio" (Red Rock Capital), table 1: eight years.
RED_ROCK = np.array([0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04])
# Bacon, "Practical portfolio performance measurement and attribution" (2008): a portfolio's 24 months in %, as R's
# PerformanceAnalytics has them, which prints their downside deviation beside his.
BACON_2000_PCT = (0.3, 2.6, 1.1, -1.0, 1.5, 2.5, 1.6, 6.7, -1.4, 4.0, -0.5, 8.1)
BACON_2001_PCT = (4.0, -3.7, -6.1, 1.7, -4.9, -2.2, 7.0, 5.8, -6.5, 2.4, -0.5, -0.9)
BACON = np.array([*BACON_2000_PCT, *BACON_2001_PCT]) / 100
returns_of_days = st.lists(st.floats(-0.5, 1.0), min_size=3, max_size=40)


def test_sharpe_of_a_fixed_series() -> None:
    assert sharpe_ratio(EMPYRICAL, TRADING_DAYS, 0) == pytest.approx(1.7238613961706866)


def test_volatility_of_a_fixed_series() -> None:
    assert volatility(EMPYRICAL, TRADING_DAYS) == pytest.approx(0.9136465399704637)


def test_sortino_of_fixed_series() -> None:
    assert sortino_ratio(EMPYRICAL, TRADING_DAYS, 0) == pytest.approx(2.605531251673693)
    assert sortino_ratio(RED_ROCK, 1, 0) == pytest.approx(4.417, abs=5e-4)


def test_downside_deviation_of_fixed_series() -> None:
    assert downside_deviation(RED_ROCK, 0, 1) == pytest.approx(0.02264, abs=5e-6)
    # Bacon's minimum acceptable return is half a per cent a month.
    assert downside_deviation(BACON, 0.005, 1) == pytest.approx(0.0255, abs=5e-5)


def test_annualised_return_and_calmar_of_a_fixed_series() -> None:
    annualised = annualised_return(float(np.prod(1 + EMPYRICAL)) - 1, EMPYRICAL_YEARS)
    assert annualised is not None
    days = curve_of_returns(EMPYRICAL.tolist())
    assert annualised == pytest.approx(1.9135925373194231)
    assert calmar_ratio(annualised, metrics_of(days, 0).max_drawdown) == pytest.approx(19.135925373194233)


def test_a_year_has_365_days() -> None:
    doubled = metrics_of(curve([100, 200], every=YEAR), 0)
    assert doubled.annualised_return == pytest.approx(1)
    assert metrics_of(curve([100, 400], every=2 * YEAR), 0).annualised_return == pytest.approx(1)
    assert metrics_of(curve_of_returns([0.01, -0.01]), 0).volatility == pytest.approx(np.sqrt(2 * 365) * 0.01)


def test_sharpe_and_sortino_count_from_the_risk_free_rate_of_a_day() -> None:
    # 4 % a year, compounded, is 0.0107 % a day: what just earns that has earned nothing for its risk.
    assert per_period(0.04, 365) == pytest.approx(0.04 / 365, rel=0.02)
    at_par = metrics_of(curve_of_returns([per_period(0.04, 365) + off for off in (0.01, -0.01, 0.02, -0.02)]), 0.04)
    assert at_par.sharpe == pytest.approx(0, abs=1e-9)
    assert at_par.sortino == pytest.approx(0, abs=1e-9)
    steady = metrics_of(curve_of_returns([per_period(0.04, 365)] * 30), 0.04)
    assert steady.annualised_return == pytest.approx(0.04)


def test_a_curve_tells_since_when_and_from_how_many_days_its_figures_are() -> None:
    told = metrics_of(curve([100, 120, 90, 108, 121]), 0)
    assert (told.since, told.until, told.periods) == (START, START + 4 * DAY, 4)
    assert told.total_return == pytest.approx(0.21)
    assert told.max_drawdown == pytest.approx(0.25)
    assert (told.drawdown_from, told.drawdown_to) == (START + DAY, START + 2 * DAY)
    assert (told.recovered_at, told.under_water_days) == (START + 4 * DAY, 3)


def test_a_drawdown_within_a_day_counts() -> None:
    told = metrics_of(curve([100, 80, 100, 100, 100], every=timedelta(hours=6)), 0)
    assert (told.periods, told.max_drawdown) == (1, pytest.approx(0.2))


@pytest.mark.parametrize("equity", [[100], [100, 101], [100, 90, 130]])
def test_before_the_first_day_has_gone_by_nothing_is_annualised(equity: list[float]) -> None:
    told = metrics_of(curve(equity, every=timedelta(hours=8)), 0.04)
    assert (told.periods, told.annualised_return, told.volatility) == (0, None, None)
    assert (told.sharpe, told.sortino, told.calmar) == (None, None, None)
    assert told.total_return == pytest.approx(equity[-1] / equity[0] - 1)


def test_ratios_to_no_risk_at_all_are_not_defined() -> None:
    steady = metrics_of(curve_of_returns([0.001] * 30), 0)
    assert steady.annualised_return == pytest.approx(1.001**365 - 1)
    assert (steady.sharpe, steady.sortino, steady.calmar) == (None, None, None)


def test_a_rate_beyond_all_numbers_is_not_told() -> None:
    assert metrics_of(curve([1, 1e9]), 0).annualised_return is None


def test_a_ruined_desk_lost_all_of_it_a_year() -> None:
    broke = metrics_of(curve([100, 50, -10, 30]), 0)
    assert (broke.total_return, broke.annualised_return, broke.max_drawdown) == (-1, -1, 1)


@given(returns_of_days, st.floats(0.01, 1e6))
def test_figures_do_not_depend_on_how_much_there_is(returns: list[float], capital_usd: float) -> None:
    one, much = (metrics_of(curve_of_returns(returns, capital_usd=usd), 0.04) for usd in (1.0, capital_usd))
    assert one.total_return == pytest.approx(much.total_return, rel=1e-6, abs=1e-9)
    assert one.max_drawdown == pytest.approx(much.max_drawdown, abs=1e-9)
    assert one.volatility == pytest.approx(much.volatility, rel=1e-6, abs=1e-9)


@given(returns_of_days)
def test_ratios_have_the_sign_of_what_was_earned_beyond_the_risk_free_rate(returns: list[float]) -> None:
    told = metrics_of(curve_of_returns(returns), 0.04)
    excess = float(np.mean(returns)) - per_period(0.04, 365)
    for ratio in (told.sharpe, told.sortino):
        assert ratio is None or abs(excess) < 1e-9 or np.sign(ratio) == np.sign(excess)


@given(returns_of_days)
def test_downside_is_no_more_than_deviation_about_the_same_target(returns: list[float]) -> None:
    series = np.array(returns)
    downside = downside_deviation(series, 0.0, 1)
    assert downside is not None
    assert downside <= np.sqrt(np.mean(series**2)) + 1e-12


def test_the_shipped_risk_free_rate_is_a_years() -> None:
    assert shipped_parameters().performance.risk_free_rate == pytest.approx(0.04)


@pytest.mark.parametrize("section", [{}, {"risk_free_rate_pct": -1}, {"risk_free_rate_pct": 4, "period": "1d"}])
def test_a_risk_free_rate_must_be_stated(section: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="performance"):
        shipped_parameters(performance=section)
