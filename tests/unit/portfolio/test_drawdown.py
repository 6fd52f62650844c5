from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.curves import curve, curve_of_returns

from poise_portfolio.domain.performance.curve import DAY, EquityCurve
from poise_portfolio.domain.performance.drawdown import Drawdown, deepest, drawdowns, longest_under_water


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# The S&P 500's closes at its turns from its high of 2007 until that was reached again.
SP_500 = {
    "2007-08-15": 1406.70,
    "2007-10-09": 1565.15,
    "2008-03-10": 1273.37,
    "2008-05-19": 1426.63,
    "2008-11-20": 752.44,
    "2009-01-06": 934.70,
    "2009-03-09": 676.53,
    "2010-04-23": 1217.28,
    "2010-07-02": 1022.58,
    "2011-04-29": 1363.61,
    "2011-10-03": 1099.23,
    "2012-09-14": 1465.77,
    "2013-03-28": 1569.19,
}


def test_the_crash_of_2008_is_as_deep_and_as_long_as_it_is_told() -> None:
    # Everywhere told as −56.8 %, 9 October 2007 to 9 March 2009, made good on 28 March 2013.
    times = tuple(day(text) for text in SP_500)
    growth = EquityCurve(times, np.array([*SP_500.values()]), np.zeros(len(times))).growth()
    crash = deepest(times, growth)
    assert crash is not None
    assert crash.depth == pytest.approx(0.5678, abs=5e-5)
    assert (crash.high_at, crash.low_at, crash.recovered_at) == (
        day("2007-10-09"),
        day("2009-03-09"),
        day("2013-03-28"),
    )
    assert longest_under_water(times, growth) == timedelta(days=1997)


def test_what_never_fell_has_no_drawdown() -> None:
    rising = curve([100, 100, 101, 103])
    assert deepest(rising.times, rising.growth()) is None
    assert longest_under_water(rising.times, rising.growth()) == timedelta(0)


def test_time_under_water_runs_from_the_last_time_at_the_high_and_lasts_until_now() -> None:
    sinking = curve([100, 120, 120, 90, 118])
    found = deepest(sinking.times, sinking.growth())
    assert found is not None
    assert found.depth == pytest.approx(0.25)
    assert (found.high_at, found.low_at, found.recovered_at) == (sinking.times[2], sinking.times[3], None)
    assert longest_under_water(sinking.times, sinking.growth()) == 2 * DAY


def test_the_longest_time_under_water_need_not_be_the_deepest() -> None:
    both = curve([100, 50, 100, 99, 99, 99, 100, 101])
    found = deepest(both.times, both.growth())
    assert found is not None
    assert (found.low_at, found.recovered_at) == (both.times[1], both.times[2])
    assert longest_under_water(both.times, both.growth()) == 4 * DAY


def test_a_curve_that_comes_back_to_where_it_was_is_not_under_water_for_rounding() -> None:
    back = curve([100, 97, 100, 93, 100, 97.3, 100])
    assert drawdowns(back.growth())[[2, 4, 6]].tolist() == [0, 0, 0]


def test_all_lost_is_a_drawdown_of_one() -> None:
    broke = curve([100, 120, 0, 10])
    assert deepest(broke.times, broke.growth()) == Drawdown(1.0, broke.times[1], broke.times[2], None)


@given(st.lists(st.floats(-0.9, 2.0), min_size=1, max_size=40))
def test_drawdowns_are_those_of_pandas(returns: list[float]) -> None:
    growth = curve_of_returns(returns).growth()
    series = pd.Series(growth)
    assert drawdowns(growth) == pytest.approx(1 - (series / series.cummax()).to_numpy(), abs=1e-9)
