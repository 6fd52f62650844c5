from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_signals.domain.market.funding_forecast import FundingOutlook, shrunk_average

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_the_average_weighs_by_age_and_shrinks_by_count() -> None:
    # half life of one interval: weights 1, 1/2 -> (0.0004 + 0.0001 / 2) / 1.5 = 0.0003;
    # two observations against a prior of six: 0.0003 x 2 / 8 = 0.000075
    assert shrunk_average([0.0001, 0.0004], half_life=1, prior_observations=6) == pytest.approx(0.000075)


def test_no_settled_rate_expects_nothing() -> None:
    assert shrunk_average([], half_life=6, prior_observations=6) == 0


@given(st.lists(st.floats(-0.01, 0.01), min_size=1, max_size=50))
def test_the_expectation_never_goes_beyond_what_was_settled(rates: list[float]) -> None:
    expected = shrunk_average(rates, half_life=6, prior_observations=6)
    assert min(*rates, 0) - 1e-15 <= expected <= max(*rates, 0) + 1e-15


def test_a_lone_extreme_print_moves_the_expectation_by_a_fraction_of_itself() -> None:
    quiet = [0.0001] * 20
    assert shrunk_average([*quiet, 0.01], 6, 6) < 0.01 / 6


def _outlook(interval_s: int, next_in_s: float) -> FundingOutlook:
    return FundingOutlook(0.0001, interval_s, NOW + timedelta(seconds=next_in_s), NOW, 0.0001)


def test_settlements_are_counted_from_the_next_one_by_the_symbols_own_interval() -> None:
    hours = timedelta(hours=1)
    # next in 3 h, then every 8 h: within 24 h at 3, 11, 19 h; within 3 h the one; within 2 h none
    eight_hourly = _outlook(28_800, 3 * 3600)
    assert eight_hourly.expected_over(24 * hours, NOW, 99) == pytest.approx(0.0003)
    assert eight_hourly.expected_over(3 * hours, NOW, 99) == pytest.approx(0.0001)
    assert eight_hourly.expected_over(2 * hours, NOW, 99) == 0
    # every 4 h from 3 h on: 3, 7, 11, 15, 19, 23 h
    assert _outlook(14_400, 3 * 3600).expected_over(24 * hours, NOW, 99) == pytest.approx(0.0006)


def test_a_settlement_that_is_past_is_not_expected_again() -> None:
    # the message says the next was at -1 h; the one after is in 7 h
    assert _outlook(28_800, -3600).expected_over(timedelta(hours=7), NOW, 99) == pytest.approx(0.0001)
    assert _outlook(28_800, -3600).expected_over(timedelta(hours=6), NOW, 99) == 0


def test_a_forecast_reaches_no_further_than_its_limit() -> None:
    compressed = _outlook(36, 18)
    assert compressed.expected_over(timedelta(hours=72), NOW, 9) == pytest.approx(0.0009)
