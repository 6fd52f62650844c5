import numpy as np
import pytest
from tests.unit.portfolio.models.histories import closes_by, drawn, history_of, targets

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.parameters import ModelName


def rising(rate: float) -> Floats:
    """A steady rise with a small setback now and then, so that the index is not at its end."""
    return closes_by(np.where(np.arange(60) % 5 == 4, -rate / 2, rate))


def test_the_three_highest_scores_are_held_in_equal_parts_and_the_others_told_theirs() -> None:
    rates = {"A": 0.001, "B": 0.004, "C": -0.003, "D": 0.002, "E": 0.003}
    found = targets(ModelName.MOMENTUM, history_of({asset: rising(rate) for asset, rate in rates.items()}))
    assert found.weights == pytest.approx({"B": 0.8 / 3, "E": 0.8 / 3, "D": 0.8 / 3})
    assert list(found.left_out) == ["A", "C"]
    assert found.left_out["C"].endswith("is not among the top 3")


def test_a_part_that_no_asset_is_found_for_stays_uninvested() -> None:
    found = targets(ModelName.MOMENTUM, history_of({"A": rising(0.001), "B": rising(0.002)}))
    assert found.weights == pytest.approx({"A": 0.8 / 3, "B": 0.8 / 3})


def test_equal_scores_stand_in_the_order_of_names() -> None:
    found = targets(ModelName.MOMENTUM, history_of({asset: rising(0.001) for asset in "DCBA"}))
    assert list(found.weights) == ["A", "B", "C"]


def test_an_asset_with_a_gap_within_what_a_score_needs_is_not_judged() -> None:
    history = drawn(1, 2)
    history.closes[-11, 0] = np.nan
    history.closes[-22, 1] = np.nan
    found = targets(ModelName.MOMENTUM, history)
    assert found.unjudged == {"A00": "only 10 closes since its last gap, 21 are wanted"}
    assert list(found.weights) == ["A01"]
