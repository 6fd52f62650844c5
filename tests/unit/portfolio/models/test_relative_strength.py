import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_portfolio.domain.rebalancing.models.relative_strength import relative_strength_index

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


def test_the_published_example() -> None:
    found = [relative_strength_index(np.array(CLOSES[:end]), 14) for end in range(15, len(CLOSES) + 1)]
    assert found == pytest.approx(PUBLISHED, abs=1e-3)


@pytest.mark.parametrize(
    ("closes", "index"),
    [((1, 2, 3, 4), 100), ((4, 3, 2, 1), 0), ((2, 2, 2, 2), 50), ((2, 3, 2, 2), 50), ((1, 4, 3, 3), 75)],
)
def test_gains_alone_are_100_losses_alone_0_and_none_or_as_many_50(closes: tuple[float, ...], index: float) -> None:
    assert relative_strength_index(np.array(closes, dtype=float), 3) == pytest.approx(index)


@given(st.lists(st.floats(1, 1000), min_size=15, max_size=70))
def test_it_is_between_0_and_100_and_turns_round_with_its_series(closes: list[float]) -> None:
    index = relative_strength_index(np.array(closes), 14)
    assert -1e-9 <= index <= 100 + 1e-9
    assert relative_strength_index(-np.array(closes), 14) == pytest.approx(100 - index)
