"""What two prices make of each other, worked by hand."""

from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_signals.domain.pairs.spreads import (
    KalmanNoise,
    Spread,
    SpreadMethod,
    fitted,
    kalman_exponent,
    least_squares_exponent,
)

NOISE = KalmanNoise(observation_variance=1e-4, state_variance_per_bar=1e-7)


def test_a_ratio_earns_its_change_over_its_level_dollar_against_dollar() -> None:
    # 110 / 50 = 2.2; back to 2.0 the first falls by 0.2 / 2.2 = 9.09 % against the second.
    spread = Spread(SpreadMethod.RATIO, 1.0)
    assert spread.of(110, 50) == pytest.approx(2.2)
    assert spread.gain(-0.2, 2.2) == pytest.approx(-1 / 11)


def test_a_log_spread_is_what_the_first_is_beyond_the_seconds_share() -> None:
    # ln e³ − 2 ln e = 1; its changes are the earnings of one dollar against two.
    spread = Spread(SpreadMethod.OLS, 2.0)
    assert spread.of(exp(3), exp(1)) == pytest.approx(1.0)
    assert spread.gain(0.01, 1.0) == 0.01
    assert spread.series(np.exp([3.0, 5.0]), np.exp([1.0, 1.5])) == pytest.approx([1.0, 2.0])


def test_least_squares_worked_by_hand() -> None:
    # x 0 1 2 (mean 1), y 1 2 6 (mean 3): Σ (x−1)(y−3) = 2 + 0 + 3 = 5 over Σ (x−1)² = 2.
    assert least_squares_exponent(np.array([1.0, 2.0, 6.0]), np.array([0.0, 1.0, 2.0])) == pytest.approx(2.5)


def test_a_second_that_stands_still_explains_nothing() -> None:
    assert least_squares_exponent(np.array([1.0, 2.0, 6.0]), np.ones(3)) == 0.0


def test_one_step_of_the_filter_worked_by_hand() -> None:
    # From c 0, β 1, P = I; the first bar is the origin (y = x = 0): H = (1, 0), S = 1 + R with R = 1, K = (1/2, 0),
    # surprise 0, so P = diag(1/2, 1). Second bar x = 1, y = 3: surprise 3 − 0 − 1 = 2; P H' = (1/2, 1),
    # S = 1/2 + 1 + 1 = 5/2, K = (1/5, 2/5), β = 1 + 2/5 × 2 = 1.8.
    beta = kalman_exponent(np.array([7.0, 10.0]), np.array([4.0, 5.0]), KalmanNoise(1.0, 0.0))
    assert beta == pytest.approx(1.8)


def test_the_filter_follows_a_relation_that_changes_where_least_squares_averages_it() -> None:
    dice = np.random.default_rng(5)
    second = np.cumsum(dice.normal(0, 0.02, 1_000))
    exponent = np.where(np.arange(1_000) < 500, 0.8, 1.6)
    first = np.cumsum(exponent * np.diff(second, prepend=0.0)) + dice.normal(0, 0.002, 1_000)
    nimble = KalmanNoise(observation_variance=1e-4, state_variance_per_bar=1e-4)
    assert kalman_exponent(first, second, nimble) == pytest.approx(1.6, abs=0.15)


@pytest.mark.parametrize("method", SpreadMethod)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(0.01, 100))
def test_a_price_in_another_unit_changes_no_hedge(method: SpreadMethod, seed: int, scale: float) -> None:
    dice = np.random.default_rng(seed)
    second = 100 * np.exp(np.cumsum(dice.normal(0, 0.01, 60)))
    first = 10 * second**1.3 * np.exp(dice.normal(0, 0.01, 60))
    one, other = fitted(method, first, second, NOISE), fitted(method, scale * first, second / scale, NOISE)
    assert one.hedge_exponent == pytest.approx(other.hedge_exponent, rel=1e-6)


def test_logarithms_relate_as_they_were_made_to() -> None:
    second = 50 * np.exp(np.linspace(0, 0.4, 60))
    first = 3 * second**1.25
    assert fitted(SpreadMethod.OLS, first, second, NOISE).hedge_exponent == pytest.approx(1.25)
    assert fitted(SpreadMethod.RATIO, first, second, NOISE).hedge_exponent == 1.0
    assert log(3) == pytest.approx(fitted(SpreadMethod.OLS, first, second, NOISE).of(first[7], second[7]))
