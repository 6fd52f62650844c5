import numpy as np
import pytest
from hypothesis import given, settings
from tests.unit.portfolio.models.histories import HOURS_A_YEAR, drawn, history_of, seeds, sizes, swinging, targets

from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.parameters import ModelName
from poise_portfolio.domain.rebalancing.models.targets import Targets

BY_VOLATILITY = ModelName.INVERSE_VOLATILITY


def volatility(history: MarketHistory, found: Targets) -> float:
    weights = np.array([found.weights.get(asset, 0.0) for asset in history.assets])
    returns = np.diff(np.log(history.closes), axis=0)
    return float((returns @ weights).std(ddof=1) * np.sqrt(HOURS_A_YEAR))


def test_calm_assets_weigh_by_their_inverse_volatility_up_to_the_bound() -> None:
    # 0.9 in 60 : 30 : 20 : 15 : 12 would be 0.39 for the first; the others share what it leaves
    history = history_of({f"A{number}": swinging(1e-5 * number) for number in range(1, 6)})
    found = targets(BY_VOLATILITY, history)
    assert found.weights == pytest.approx(
        {"A1": 0.3, "A2": 0.6 * 30 / 77, "A3": 0.6 * 20 / 77, "A4": 0.6 * 15 / 77, "A5": 0.6 * 12 / 77}
    )


def test_a_whole_that_is_too_volatile_is_scaled_down_to_its_target() -> None:
    history = history_of({"A": swinging(0.01), "B": swinging(0.01, bars_a_side=2), "C": swinging(0.02)})
    found = targets(BY_VOLATILITY, history)
    assert volatility(history, found) == pytest.approx(0.15)
    assert found.weights["A"] == pytest.approx(found.weights["B"])
    assert sum(found.weights.values()) < 0.2


def test_correlation_makes_the_whole_more_volatile_and_so_smaller() -> None:
    alike = history_of({name: swinging(0.01) for name in "ABCD"})
    apart = history_of({name: swinging(0.01, bars_a_side=1 + place % 2) for place, name in enumerate("ABCD")})
    assert sum(targets(BY_VOLATILITY, alike).weights.values()) == pytest.approx(
        sum(targets(BY_VOLATILITY, apart).weights.values()) / np.sqrt(2)
    )


def test_two_assets_take_no_more_than_their_bounds_allow() -> None:
    history = history_of({"A": swinging(1e-5), "B": swinging(2e-5)})
    assert targets(BY_VOLATILITY, history).weights == pytest.approx({"A": 0.3, "B": 0.3})


def test_the_least_weight_has_room_for_so_many_and_the_most_volatile_are_left_out() -> None:
    history = history_of({f"A{number:02}": swinging(1e-5 * number) for number in range(1, 26)})
    found = targets(BY_VOLATILITY, history)
    assert list(found.weights) == [f"A{number:02}" for number in range(1, 19)]
    assert list(found.weights.values()) == pytest.approx([0.05] * 18)
    assert found.left_out["A19"] == "not among the 18 calmest: at 5% each there is room for no more"


def test_without_a_least_weight_there_is_room_for_all() -> None:
    found = targets(BY_VOLATILITY, drawn(4, 30), weight_min=0)
    assert len(found.weights) == 30


def test_assets_that_cancel_each_other_out_are_held_in_full() -> None:
    up = swinging(0.01)
    found = targets(BY_VOLATILITY, history_of({"A": up, "B": 1 / up}))
    assert found.weights == pytest.approx({"A": 0.3, "B": 0.3})


@given(seeds, sizes)
@settings(max_examples=50, deadline=None)
def test_weights_are_within_bounds_but_for_the_scale_and_the_whole_within_its_target(seed: int, size: int) -> None:
    history = drawn(seed, size)
    found, unscaled = targets(BY_VOLATILITY, history), targets(BY_VOLATILITY, history, target_volatility=1e9)
    assert volatility(history, found) <= 0.15 * (1 + 1e-9)
    assert all(0.05 - 1e-9 <= weight <= 0.3 + 1e-9 for weight in unscaled.weights.values())
    assert sum(unscaled.weights.values()) == pytest.approx(min(0.9, 0.3 * size))
    scale = sum(found.weights.values()) / sum(unscaled.weights.values())
    assert scale <= 1 + 1e-9
    assert found.weights == pytest.approx({asset: weight * scale for asset, weight in unscaled.weights.items()})
