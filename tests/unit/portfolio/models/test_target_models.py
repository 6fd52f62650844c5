"""What all models have in common."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.models.histories import closes_by, drawn, history_of, model, seeds, shipped, sizes, targets

from poise_portfolio.domain.rebalancing.models.history import MarketHistory
from poise_portfolio.domain.rebalancing.models.model import model_named
from poise_portfolio.domain.rebalancing.models.parameters import ModelName

INVESTED = {
    ModelName.EQUAL_WEIGHT: 0.9,
    ModelName.INVERSE_VOLATILITY: 0.9,
    ModelName.RISK_PARITY: 0.9,
    ModelName.MOMENTUM: 0.8,
    ModelName.SECTOR_ROTATION: 0.8,
}
every_model = pytest.mark.parametrize("name", list(ModelName))
gaps = st.floats(0, 0.12)


@every_model
def test_the_parameters_choose_the_model(name: ModelName) -> None:
    assert model_named(shipped().naming(name)).name == name


def test_the_shipped_model_is_inverse_volatility_over_sixty_hours() -> None:
    parameters = shipped()
    assert (parameters.model, parameters.interval, parameters.bars) == (ModelName.INVERSE_VOLATILITY, "1h", 60)


@every_model
@given(seed=seeds, size=sizes, missing=gaps)
@settings(max_examples=40, deadline=None)
def test_every_asset_has_a_weight_or_a_reason_and_weights_stay_within_what_is_invested(
    name: ModelName, seed: int, size: int, missing: float
) -> None:
    history = drawn(seed, size, missing=missing)
    found = targets(name, history)
    assert sorted((*found.weights, *found.left_out, *found.unjudged)) == sorted(history.assets)
    assert all(weight > 0 for weight in found.weights.values())
    assert sum(found.weights.values()) <= INVESTED[name] + 1e-9
    assert all((*found.left_out.values(), *found.unjudged.values()))


@every_model
@given(seed=seeds, size=sizes, missing=gaps, dice=st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_neither_the_order_of_assets_nor_what_their_prices_are_counted_in_matters(
    name: ModelName, seed: int, size: int, missing: float, dice: Random
) -> None:
    history = drawn(seed, size, missing=missing)
    order = list(range(size))
    dice.shuffle(order)
    moved = history.of(order)
    units = np.random.default_rng(seed).integers(-8, 8, size)
    again = MarketHistory(moved.assets, moved.closes * 2.0**units, moved.bars_per_year, moved.sectors)
    one, other = targets(name, history), targets(name, again)
    assert other.weights == pytest.approx(one.weights, rel=1e-3)
    assert (other.left_out.keys(), other.unjudged) == (one.left_out.keys(), one.unjudged)


@every_model
def test_of_no_assets_there_are_no_targets(name: ModelName) -> None:
    found = targets(name, MarketHistory((), np.empty((0, 0)), 8760, {}))
    assert (found.weights, found.left_out, found.unjudged) == ({}, {}, {})


@every_model
def test_an_asset_that_says_too_little_is_not_judged_and_it_is_said_why(name: ModelName) -> None:
    history = drawn(5, 4)
    closes = {asset: history.closes[:, place].copy() for place, asset in enumerate(history.assets)}
    closes["A00"][-1] = np.nan
    closes["A01"][:13] = np.nan
    closes["A02"][:12] = np.nan
    closes["FLAT"] = closes_by(np.zeros(60))
    found = targets(name, history_of(closes))
    assert found.unjudged == {
        "A00": "its newest close is missing",
        "A01": "only 47 returns are known, 48 are wanted",
        "FLAT": "its price stands still",
    }
    assert set(found.weights) == {"A02", "A03"}


def test_equal_weights_are_equal() -> None:
    assert targets(ModelName.EQUAL_WEIGHT, drawn(2, 5)).weights == pytest.approx(
        {f"A0{number}": 0.18 for number in range(5)}
    )


def test_a_model_takes_nothing_from_what_it_is_given() -> None:
    history = drawn(3, 6)
    before = history.closes.copy()
    for name in ModelName:
        model(name).weights(history)
    assert (history.closes == before).all()
