"""Bands, half-lives and what makes a pair tradable."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_signals.domain.arrays import Floats
from poise_signals.domain.pairs.models import PairModel, modelled
from poise_signals.domain.pairs.spreads import KalmanNoise, SpreadMethod
from poise_signals.domain.reversion.bands import band
from poise_signals.domain.reversion.half_life import half_life_bars

NOISE = KalmanNoise(observation_variance=1e-4, state_variance_per_bar=1e-7)


def autoregression(seed: int, kept_share: float, bars: int, shock: float = 0.01) -> Floats:
    shocks = np.random.default_rng(seed).normal(0, shock, bars)
    deviation = [0.0]
    for each in shocks[1:]:
        deviation.append(kept_share * deviation[-1] + each)
    return np.array(deviation)


def pair(seed: int, kept_share: float, bars: int = 500, exponent: float = 1.0) -> Floats:
    common = np.cumsum(np.random.default_rng(seed).normal(0, 0.01, bars))
    first = 10 * np.exp(exponent * common + autoregression(seed + 1, kept_share, bars))
    return np.column_stack([first, 200 * np.exp(common)])


def test_a_z_score_worked_by_hand() -> None:
    # 1 2 3 4 5: mean 3, sample deviation √(10 / 4) = 1.5811; 6.1623 stands two of them above.
    usual = band(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    assert usual is not None
    assert usual == pytest.approx((3.0, 1.5811388))
    assert usual.z(6.1622777) == pytest.approx(2.0)


def test_a_series_that_stands_still_has_no_band() -> None:
    assert band(np.full(30, 1.1)) is None


def test_a_half_life_worked_by_hand() -> None:
    # 8 4 2 1 keep one half each bar: φ = 1/2 about the means 14/3 and 7/3, −ln 2 / ln ½ = 1 bar.
    assert half_life_bars(np.array([8.0, 4.0, 2.0, 1.0])) == pytest.approx(1.0)


def test_what_keeps_nine_tenths_a_bar_halves_in_six_and_a_half() -> None:
    assert half_life_bars(autoregression(3, 0.9, 40_000)) == pytest.approx(-log(2) / log(0.9), rel=0.05)


@pytest.mark.parametrize(
    ("spread", "half_life"),
    [([1.0, 2.0, 4.0, 8.0], None), ([1.0, 1.0, 1.0], None), ([1.0, -1.0, 1.0, -1.0], 0.0)],
)
def test_what_runs_away_has_no_half_life_and_what_turns_round_each_bar_none_to_wait_for(
    spread: list[float], half_life: float | None
) -> None:
    assert half_life_bars(np.array(spread)) == half_life


@pytest.mark.parametrize("method", SpreadMethod)
def test_a_pair_that_keeps_together_is_modelled_by_every_method(method: SpreadMethod) -> None:
    closes = pair(1, 0.8)
    model = modelled(closes, method, NOISE, 30)
    assert isinstance(model, PairModel)
    assert model.half_life_bars == pytest.approx(-log(2) / log(0.8), rel=0.5)
    assert model.spread.hedge_exponent == pytest.approx(1, abs=0.15)
    spreads = model.spread.series(closes[-30:, 0], closes[-30:, 1])
    assert model.z(*closes[-1]) == pytest.approx((spreads[-1] - spreads.mean()) / spreads.std(ddof=1))
    # The shocks' deviation of 1 % makes 1 % / √(1 − 0.8²) = 1.67 % of the spread's; thirty bars show it roughly.
    assert 0.005 < model.gain_per_deviation < 0.035


@pytest.mark.parametrize(
    ("closes", "reason"),
    [
        (np.column_stack([np.exp(np.arange(60) / 10), np.exp(-np.arange(60) / 10)]), "move against each other"),
        (np.column_stack([np.arange(1.0, 61), 3 * np.arange(1.0, 61)]), "stands still"),
    ],
)
def test_what_cannot_be_traded_is_told_with_the_reason(closes: Floats, reason: str) -> None:
    found = modelled(closes, SpreadMethod.OLS, NOISE, 30)
    assert isinstance(found, str)
    assert reason in found


def test_what_comes_back_later_than_the_lookback_or_never_is_too_slow() -> None:
    slow = modelled(pair(2, 0.99, bars=2_000), SpreadMethod.OLS, NOISE, 30)
    assert isinstance(slow, PairModel)
    assert "beyond the lookback of 30" in (slow.why_too_slow(30) or "")
    assert slow.why_too_slow(1_000) is None
    assert "no half-life" in (replace(slow, half_life_bars=None).why_too_slow(30) or "")


@given(st.integers(0, 2**32 - 1), st.floats(0.01, 100))
def test_a_price_in_another_unit_changes_no_z(seed: int, scale: float) -> None:
    closes = pair(seed % 1_000, 0.7, bars=100)
    one = modelled(closes, SpreadMethod.OLS, NOISE, 30)
    other = modelled(closes * np.array([scale, 1.0]), SpreadMethod.OLS, NOISE, 30)
    if isinstance(one, PairModel):
        assert isinstance(other, PairModel)
        assert other.z(scale * closes[-1, 0], closes[-1, 1]) == pytest.approx(one.z(*closes[-1]), rel=1e-6, abs=1e-6)
