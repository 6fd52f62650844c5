"""The score's and the index's figures, worked by hand or published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.domain.momentum import (
    MomentumFormula,
    SectorStrength,
    momentum_score,
    relative_strength_index,
    sectors_by_strength,
)

FORMULA = MomentumFormula(lookback_bars=20, rsi_bars=14, return_factor=0.5, rsi_factor=0.003, trend_factor=0.1)

# The worked example of StockCharts' ChartSchool (cs-rsi.xls): closes of QQQQ, and RSI 14 from the fifteenth on.
CLOSES = [
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931,
    46.0328, 45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122, 46.2521,
    45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783, 44.2181, 44.5672, 43.4205, 42.6628, 43.1314,
]  # fmt: skip
PUBLISHED = [
    70.5328, 66.3186, 66.5498, 69.4063, 66.3552, 57.9749, 62.9296, 63.2571, 56.0593, 62.3771,
    54.7076, 50.4228, 39.9898, 41.4605, 41.8689, 45.4632, 37.304, 33.0795, 37.773,
]  # fmt: skip


def test_the_published_index() -> None:
    found = [relative_strength_index(CLOSES[:end], 14) for end in range(15, len(CLOSES) + 1)]
    assert found == pytest.approx(PUBLISHED, abs=1e-3)


@pytest.mark.parametrize(
    ("closes", "index"),
    [((1, 2, 3, 4), 100), ((4, 3, 2, 1), 0), ((2, 2, 2, 2), 50), ((2, 3, 2, 2), 50), ((1, 4, 3, 3), 75)],
)
def test_gains_alone_are_100_losses_alone_0_and_none_or_as_many_50(closes: tuple[float, ...], index: float) -> None:
    assert relative_strength_index(closes, 3) == pytest.approx(index)


@given(st.lists(st.floats(1, 1000), min_size=15, max_size=70))
def test_the_index_is_between_0_and_100_and_turns_round_with_its_series(closes: list[float]) -> None:
    index = relative_strength_index(closes, 14)
    assert -1e-9 <= index <= 100 + 1e-9
    assert relative_strength_index([-close for close in closes], 14) == pytest.approx(100 - index)


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        # +21 %, gains alone, above its average of (19 × 100 + 121) / 20.
        ([100.0] * 20 + [121], 0.5 * 0.21 + 0.003 * (50 - 100) + 0.1),
        ([100.0] * 20 + [79], 0.5 * -0.21 + 0.003 * (50 - 0) - 0.1),
        (CLOSES[:21], 0.5 * (46.2122 / 44.3389 - 1) + 0.003 * (50 - 62.9296) + 0.1),
        (CLOSES[:28], 0.5 * (44.1783 / 45.4245 - 1) + 0.003 * (50 - 41.4605) - 0.1),
    ],
)
def test_scores_worked_by_hand(closes: list[float], expected: float) -> None:
    assert momentum_score(closes, FORMULA) == pytest.approx(expected, abs=1e-6)


def test_a_price_at_its_average_has_no_trend() -> None:
    closes = [150.0] + [101.0, 99.0] * 9 + [100.0, 100.0]
    without = FORMULA.model_copy(update={"trend_factor": 0.0})
    assert momentum_score(closes, FORMULA) == momentum_score(closes, without)


def test_a_score_wants_one_close_more_than_its_longest_lookback() -> None:
    assert FORMULA.closes_min == 21
    assert FORMULA.model_copy(update={"rsi_bars": 30}).closes_min == 31


def test_sectors_stand_by_the_mean_of_their_assets_returns_and_equals_by_name() -> None:
    # payments (10 % + 24 %) / 2 = 17 %, meme 16 %, and l1 as strong as l2.
    returns = {"X": 0.10, "Y": 0.24, "Z": 0.16, "B": 0.01, "A": 0.01}
    sectors = {"X": "payments", "Y": "payments", "Z": "meme", "B": "l2", "A": "l1", "unwatched": "meme"}
    best, *others = sectors_by_strength(returns, sectors)
    assert best == SectorStrength("payments", (0.10 + 0.24) / 2, ("X", "Y"))
    assert [strength.sector for strength in others] == ["meme", "l1", "l2"]
