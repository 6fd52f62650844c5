from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.portfolio.curves import START, curve, curve_of_returns

from poise_portfolio.domain.performance.curve import DAY, EquityCurve

HOUR = timedelta(hours=1)
changes = st.lists(st.floats(-0.5, 1.0), min_size=1, max_size=20)
# What comes and goes in each interval, as a share of what is there: out of the desk no more than a part of it.
flows = st.floats(-0.9, 3.0)


def test_growth_is_of_what_was_there() -> None:
    assert curve([100, 110, 99]).growth() == pytest.approx([1, 1.1, 0.99])


def test_money_brought_in_is_no_gain_and_money_taken_out_no_loss() -> None:
    # 100 become 110; 190 more make 300, which become 330; 30 of them are taken out.
    growth = curve([100, 110, 330, 300], [0, 0, 190, 160]).growth()
    assert growth == pytest.approx([1, 1.1, 1.21, 1.21])


def test_a_desk_that_began_with_nothing_grows_from_its_first_deposit() -> None:
    assert curve([0, 0, 500, 550], [0, 0, 500, 500]).growth() == pytest.approx([1, 1, 1, 1.1])


def test_a_loss_beyond_all_there_is_takes_all_and_nothing_grows_from_it() -> None:
    broke = curve([100, -20, 40])
    assert broke.growth() == pytest.approx([1, 0, 0])
    assert broke.returns() == pytest.approx([-1, 0])


@given(st.lists(st.tuples(st.floats(-0.5, 1.0), flows), min_size=1, max_size=20))
def test_transfers_leave_every_return_as_it_was(days: list[tuple[float, float]]) -> None:
    equity, external = [1000.0], [0.0]
    for change, flow in days:
        brought = flow * equity[-1]
        if brought >= 0:
            equity.append((equity[-1] + brought) * (1 + change))
        else:
            brought *= 1 + change
            equity.append(equity[-1] * (1 + change) + brought)
        external.append(external[-1] + brought)
    assert curve(equity, external).returns() == pytest.approx([change for change, _ in days], abs=1e-6)


@given(changes, st.floats(1e-3, 1e9))
def test_returns_do_not_depend_on_how_much_there_is(returns: list[float], capital_usd: float) -> None:
    assert curve_of_returns(returns, capital_usd=capital_usd).returns() == pytest.approx(returns, abs=1e-9)


@given(changes)
def test_daily_returns_compound_to_the_growth_of_the_whole_days(returns: list[float]) -> None:
    hourly = curve_of_returns(returns, every=7 * HOUR)
    days = len(hourly.returns())
    last = np.searchsorted(np.arange(len(returns) + 1) * 7, days * 24, side="right") - 1
    assert days == len(returns) * 7 // 24
    assert np.prod(1 + hourly.returns()) == pytest.approx(hourly.growth()[last])


def test_a_day_without_a_point_returned_nothing_and_the_next_all_of_it() -> None:
    times = (START, START + DAY, START + 3.5 * DAY, START + 4 * DAY)
    gap = EquityCurve(times, np.array([100.0, 101.0, 103.0, 104.0]), np.zeros(4))
    assert gap.returns() == pytest.approx([0.01, 0, 0, 104 / 101 - 1])


def test_a_point_at_the_very_end_of_a_day_belongs_to_it() -> None:
    year = curve_of_returns([0.001] * 365)
    assert year.returns() == pytest.approx([0.001] * 365)


def test_less_than_a_day_has_no_daily_return() -> None:
    assert len(curve([100, 101], every=23 * HOUR).returns()) == 0
    assert len(curve([100]).returns()) == 0


@pytest.mark.parametrize(
    ("points", "figures", "reason"),
    [(0, 0, "at least one"), (2, 3, r"\[2, 3\]"), (3, 2, r"\[2, 3\]")],
)
def test_columns_of_unlike_length_are_refused(points: int, figures: int, reason: str) -> None:
    times = tuple(START + place * DAY for place in range(points))
    with pytest.raises(ValueError, match=reason):
        EquityCurve(times, np.ones(figures), np.zeros(figures))


def test_times_that_do_not_grow_are_refused() -> None:
    with pytest.raises(ValueError, match="grow from point to point"):
        EquityCurve((START, START), np.ones(2), np.zeros(2))
