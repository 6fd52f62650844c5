from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_portfolio.domain.correlations.rolling import RollingCorrelations

BARS, MIN_POINTS = 12, 4
NAMES = ("BTC", "ETH", "SOL")


def recomputed(closes: dict[tuple[str, int], float], head: int) -> pd.DataFrame:
    """Everything anew, by pandas: log returns of neighbouring bars in the window, pairwise complete."""
    slots = range(head - BARS, head + 1)
    table = pd.DataFrame({name: [closes.get((name, slot), np.nan) for slot in slots] for name in NAMES}, index=slots)
    returns = (table / table.shift(1)).map(np.log).iloc[1:]
    return returns.corr(min_periods=MIN_POINTS)


def test_two_series_by_hand() -> None:
    rolling = RollingCorrelations(bars=3, min_points=3)
    # log returns of a: +1, -1, +1 (ln 2 each); of b: +1, -1, 0: rho = cov / (s_a s_b) = (2/3) / sqrt(8/9 x 2/3)
    for slot, (a, b) in enumerate([(1.0, 1.0), (2.0, 2.0), (1.0, 1.0), (2.0, 1.0)]):
        rolling.record("a", slot, a)
        rolling.record("b", slot, b)
    names, rho, points = rolling.matrix()
    assert names == ("a", "b")
    assert rho[0, 1] == pytest.approx((2 / 3) / (8 / 9 * 2 / 3) ** 0.5)
    assert rho[0, 0] == 1
    assert points == 3


def test_too_few_points_are_unknown() -> None:
    rolling = RollingCorrelations(BARS, MIN_POINTS)
    for slot in range(8):
        rolling.record("BTC", slot, 100.0 + slot**2)
        if slot >= 4:
            rolling.record("NEW", slot, 50.0 + slot % 3)
    names, rho, _ = rolling.matrix()
    assert names == ("BTC", "NEW")
    assert rho[0, 0] == 1
    assert np.isnan(rho[0, 1])
    assert np.isnan(rho[1, 1])


def test_a_price_that_stands_still_correlates_with_nothing() -> None:
    rolling = RollingCorrelations(BARS, MIN_POINTS)
    for slot in range(10):
        rolling.record("BTC", slot, 100.0 + slot % 4)
        rolling.record("USDC", slot, 1.0)
    _, rho, _ = rolling.matrix()
    assert np.isnan(rho[0, 1])
    assert np.isnan(rho[1, 1])


def test_a_wild_bar_is_forgotten_with_the_window() -> None:
    rolling, calm = RollingCorrelations(BARS, MIN_POINTS), np.random.default_rng(3)
    closes: dict[tuple[str, int], float] = {}
    for slot in range(5 * BARS):
        for name in NAMES:
            crash = 0.02 if slot == BARS else 1.0
            closes[name, slot] = 100.0 * float(np.exp(calm.normal(0, 1e-4))) * crash
            rolling.record(name, slot, closes[name, slot])
        rolling.refresh()
    np.testing.assert_allclose(rolling.matrix()[1], recomputed(closes, 5 * BARS - 1), atol=1e-9)


def test_a_close_is_news_once() -> None:
    rolling = RollingCorrelations(BARS, MIN_POINTS)
    assert rolling.record("BTC", 100, 5.0)
    assert not rolling.record("BTC", 100, 5.0)
    assert rolling.record("BTC", 100, 6.0)
    assert not rolling.record("BTC", 100 - BARS - 1, 5.0), "before the window"
    assert not rolling.record("BTC", 101, -1.0), "no price"
    assert rolling.record_many("ETH", [99, 100, 100 - BARS], [1.0, 1.0, 1.0]).all()
    assert len(rolling.record_many("ETH", [], [])) == 0


def test_a_long_silence_empties_the_window() -> None:
    rolling = RollingCorrelations(BARS, MIN_POINTS)
    for slot in range(BARS):
        rolling.record("BTC", slot, 100.0 + slot % 4)
    rolling.matrix()
    rolling.record("BTC", 50 * BARS, 100.0)
    names, rho, points = rolling.matrix()
    assert (names, rho.shape, points) == ((), (0, 0), 0)


def test_many_series_fit() -> None:
    rolling, prices = RollingCorrelations(BARS, MIN_POINTS), np.random.default_rng(5)
    for slot in range(2 * BARS):
        for asset in range(40):
            rolling.record(f"A{asset:02}", slot, float(prices.uniform(90, 110)))
    names, rho, points = rolling.matrix()
    assert len(names) == 40
    assert points == BARS
    assert np.isfinite(rho).all()


ticks = st.integers(5_000, 20_000).map(lambda tick: tick / 100)
told = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-4, 3), ticks, st.booleans()), max_size=150)


@given(told)
@settings(max_examples=150)
def test_kept_up_with_bar_by_bar_it_equals_the_whole_recomputed(script: list[tuple[str, int, float, bool]]) -> None:
    rolling = RollingCorrelations(BARS, MIN_POINTS)
    closes: dict[tuple[str, int], float] = {}
    head = 1_000
    rolling.record("BTC", head, 100.0)
    closes["BTC", head] = 100.0
    for name, step, close, is_looked_at in script:
        # mostly the newest bar or the next, at times a late or corrected one, at times a gap
        slot = head + step
        head = max(head, slot)
        rolling.record(name, slot, close)
        closes[name, slot] = close
        if is_looked_at:
            assert_equal(rolling, closes, head)
    assert_equal(rolling, closes, head)


moves = st.tuples(
    st.sampled_from(NAMES), st.integers(-BARS, 2), st.sampled_from([1.0, 1.0, 1.0, 1.0, 1.0, 50.0, 0.02]), st.booleans()
)


@given(st.lists(moves, max_size=200), st.integers(0, 2**32 - 1))
@settings(max_examples=100)
def test_no_wild_bar_that_comes_goes_or_is_corrected_leaves_anything_behind(
    script: list[tuple[str, int, float, bool]], seed: int
) -> None:
    rolling, dice = RollingCorrelations(BARS, MIN_POINTS), np.random.default_rng(seed)
    closes: dict[tuple[str, int], float] = {}
    head = 1_000
    for name, step, wildness, is_looked_at in script:
        slot = head + step
        head = max(head, slot)
        for each in NAMES if step > 0 else (name,):
            closes[each, slot] = 100.0 * float(np.exp(dice.normal(0, 1e-5))) * (wildness if each == name else 1.0)
            rolling.record(each, slot, closes[each, slot])
        if is_looked_at:
            assert_equal(rolling, closes, head)
    assert_equal(rolling, closes, head)


def test_a_market_with_gaps_late_listings_and_crashes_is_the_same_at_any_time() -> None:
    bars, points_min, assets = 60, 20, 30
    rolling, dice = RollingCorrelations(bars, points_min), np.random.default_rng(11)
    moves = dice.normal(0, 1e-4, (400, assets)) + dice.normal(0, 1e-4, (400, 1))
    moves[dice.random(moves.shape) < 0.005] *= 3_000
    moves[150] -= 1.0
    closes = pd.DataFrame(100 * np.exp(np.cumsum(moves, axis=0)))
    closes = closes.mask(dice.random(closes.shape) < 0.03)
    closes.iloc[:200, -5:] = np.nan
    for slot, row in enumerate(closes.to_numpy()):
        for asset in dice.permutation(assets):
            rolling.record(f"A{asset:02}", 1_000 + slot, float(row[asset]))
        if slot > bars and dice.random() < 0.2:
            window = closes.iloc[slot - bars : slot + 1]
            returns = (window / window.shift(1)).map(np.log).iloc[1:]
            names, rho, _ = rolling.matrix()
            places = [int(name[1:]) for name in names]
            expected = returns.corr(min_periods=points_min).to_numpy()[np.ix_(places, places)]
            np.testing.assert_allclose(rho, expected, atol=1e-9)


@given(st.lists(ticks, min_size=2, max_size=4 * BARS), st.integers(0, 3 * BARS))
@settings(max_examples=60)
def test_a_history_told_at_once_equals_the_same_told_bar_by_bar(series: list[float], offset: int) -> None:
    at_once, one_by_one = RollingCorrelations(BARS, MIN_POINTS), RollingCorrelations(BARS, MIN_POINTS)
    slots = list(range(len(series)))
    for rolling in (at_once, one_by_one):
        rolling.record("ETH", offset, 10.0)
        rolling.record("ETH", offset + 1, 11.0)
    at_once.record_many("BTC", slots, series)
    for slot, close in zip(slots, series, strict=True):
        one_by_one.record("BTC", slot, close)
        one_by_one.refresh()
    assert at_once.matrix()[0] == one_by_one.matrix()[0]
    np.testing.assert_allclose(at_once.matrix()[1], one_by_one.matrix()[1], atol=1e-9)


def assert_equal(rolling: RollingCorrelations, closes: dict[tuple[str, int], float], head: int) -> None:
    names, rho, _ = rolling.matrix()
    expected = recomputed(closes, head)
    for i, row in enumerate(names):
        for j, column in enumerate(names):
            if stands_still(closes, head, row, column):
                continue
            np.testing.assert_allclose(rho[i, j], expected[column][row], atol=1e-9, err_msg=f"{row} {column}")
    for absent in set(NAMES) - set(names):
        assert expected[absent].isna().all()


def stands_still(closes: dict[tuple[str, int], float], head: int, *pair: str) -> bool:
    """Say whether one of a pair hardly moves over the bars both have: its correlation is rounding, and ours unknown."""
    returns = {
        name: {
            slot: np.log(closes[name, slot] / closes[name, before])
            for before, slot in pairwise(range(head - BARS, head + 1))
            if (name, slot) in closes and (name, before) in closes
        }
        for name in pair
    }
    common = set.intersection(*(set(found) for found in returns.values()))
    if not common:
        return False
    moves = [np.array([found[slot] for slot in common]) for found in returns.values()]
    return any(move.std() < 1e-7 or move.var() < 2e-5 * (move**2).mean() for move in moves)
