from csv import DictReader
from math import log
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_signals.domain import cointegration
from poise_signals.domain.cointegration import Floats, UntestableSeries, engle_granger

US_MACRO = Path(__file__).with_name("us_macro.csv")


def us_macro(column: str) -> Floats:
    """Quarterly US figures in billions of chained 2005 dollars, 1959 to 2009 (Bureau of Economic Analysis)."""
    with US_MACRO.open() as rows:
        return np.array([float(row[column]) for row in DictReader(rows)])


def two_with_one_trend() -> tuple[Floats, Floats]:
    """The series by which statsmodels compares itself with Stata: one random walk, and noise of each one's own."""
    dice = np.random.RandomState(123)
    walk = dice.randn(200).cumsum()
    noise = dice.randn(200, 4)
    return np.round(noise[:, 0] + walk + 1, 4), np.round(noise[:, 1] + walk, 4)


def walk(seed: int, bars: int = 300) -> Floats:
    return np.random.default_rng(seed).normal(size=bars).cumsum()


def reverting(seed: int, kept_share: float, bars: int = 300) -> Floats:
    shocks = np.random.default_rng(seed).normal(size=bars)
    deviation = [0.0]
    for shock in shocks[1:]:
        deviation.append(kept_share * deviation[-1] + shock)
    return np.array(deviation)


def test_consumption_and_output_of_the_united_states_do_not_keep_together() -> None:
    # Stata's egranger and statsmodels' coint of the same series: −1.830170986148, p 0.6149545601930455.
    tested = engle_granger(us_macro("realcons"), us_macro("realgdp"), lags=0)
    assert tested.statistic == pytest.approx(-1.830170986148, abs=1e-9)
    assert tested.p_value == pytest.approx(0.6149545601930455, abs=1e-9)
    assert tested.critical_values == pytest.approx((-3.951478986, -3.366545234, -3.065512700), abs=1e-8)


def test_two_series_with_one_trend_keep_together() -> None:
    # Stata's egranger, four lags: −5.760696844656 against −3.9520, −3.3670 and −3.0658.
    tested = engle_granger(*two_with_one_trend(), lags=4)
    assert tested.statistic == pytest.approx(-5.760696844656, rel=1e-11)
    assert tested.critical_values == pytest.approx((-3.952321293402, -3.367006313729, -3.065831247948), abs=6e-7)
    assert tested.p_value < 1e-4


@pytest.mark.parametrize(("statistic_at", "p_value"), [("at_1_pct", 0.01), ("at_5_pct", 0.05), ("at_10_pct", 0.10)])
def test_both_of_mackinnons_tables_say_the_same(statistic_at: str, p_value: float) -> None:
    # His critical values of 2010 for very many bars, put into his distribution of 1994.
    critical = getattr(cointegration._critical_values(10**9), statistic_at)
    assert cointegration._p_value(critical) == pytest.approx(p_value, rel=0.02)


def test_what_lies_beyond_the_tables_is_certain_or_hopeless() -> None:
    certain = engle_granger(walk(1) + np.tile([3.0, -3.0], 150), walk(1), lags=0)
    assert (certain.p_value, certain.half_life_bars) == (0.0, 0.0)
    assert certain.statistic < -18.86
    spreading = np.exp(np.arange(60) / 5)
    hopeless = engle_granger(spreading, np.tile([1.0, -1.0], 30), lags=0)
    assert (hopeless.p_value, hopeless.half_life_bars) == (1.0, None)


def test_lags_are_chosen_by_akaike_among_those_that_schwert_allows() -> None:
    dependent, other = us_macro("realcons"), us_macro("realgdp")
    chosen = engle_granger(dependent, other)
    assert 0 <= chosen.lags <= 15
    assert chosen == engle_granger(dependent, other, lags=chosen.lags)


def test_a_deviation_that_keeps_nine_tenths_a_bar_halves_in_seven() -> None:
    other = walk(3, bars=20_000)
    tested = engle_granger(2 * other + reverting(4, 0.9, bars=20_000), other, lags=0)
    assert tested.hedge_ratio == pytest.approx(2, abs=0.01)
    assert tested.half_life_bars == pytest.approx(log(0.5) / log(0.9), rel=0.1)


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100), st.floats(-1e3, 1e3))
def test_scale_and_level_change_the_hedge_and_not_the_verdict(seed: int, scale: float, level: float) -> None:
    other, deviation = walk(seed), reverting(seed + 1, 0.8)
    one = engle_granger(other + deviation, other, lags=2)
    scaled = engle_granger(scale * (other + deviation) + level, other, lags=2)
    assert scaled.statistic == pytest.approx(one.statistic, rel=1e-6)
    assert scaled.hedge_ratio == pytest.approx(scale * one.hedge_ratio, rel=1e-6)
    assert scaled.half_life_bars == pytest.approx(one.half_life_bars, rel=1e-6)


def test_of_unrelated_walks_one_in_twenty_is_taken_for_a_pair() -> None:
    verdicts = [
        engle_granger(walk(2 * seed, bars=200), walk(2 * seed + 1, bars=200), lags=0).p_value < 0.05
        for seed in range(400)
    ]
    # Five in a hundred, with three standard deviations of 400 draws to either side.
    assert 0.05 - 3 * 0.011 < sum(verdicts) / 400 < 0.05 + 3 * 0.011


def test_what_comes_back_soon_is_nearly_always_found() -> None:
    verdicts = [
        engle_granger(walk(seed) + reverting(seed + 1000, 0.7), walk(seed)).p_value < 0.05 for seed in range(50)
    ]
    assert sum(verdicts) >= 48


@pytest.mark.parametrize(
    ("dependent", "other", "reason"),
    [
        (np.ones(50), walk(1, 50), "stands still"),
        (walk(1, 50), np.ones(50), "stands still"),
        (3 * walk(1, 50) - 2, walk(1, 50), "nothing is left between them"),
        (walk(1, 50), walk(2, 49), r"shapes \(50,\) and \(49,\)"),
        (walk(1, 3), walk(2, 3), "3 bars are too few"),
        (np.append(walk(1, 49), np.nan), walk(2, 50), "missing"),
    ],
)
def test_what_cannot_be_tested_is_refused_with_the_reason(dependent: Floats, other: Floats, reason: str) -> None:
    with pytest.raises(UntestableSeries, match=reason):
        engle_granger(dependent, other)


def test_too_many_lags_are_refused_with_the_bars_that_pass() -> None:
    with pytest.raises(UntestableSeries, match="23 bars are too few for 10 lags; 24 would pass"):
        engle_granger(walk(1, 23), walk(2, 23), lags=10)
    assert engle_granger(walk(1, 24), walk(2, 24), lags=10).lags == 10


@given(st.integers(4, 60))
def test_any_number_of_bars_from_four_on_is_tested(bars: int) -> None:
    assert engle_granger(walk(1, bars), walk(2, bars)).lags <= bars // 2
