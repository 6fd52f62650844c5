import numpy as np
import pytest
from hypothesis import given, settings
from tests.unit.portfolio.models.histories import drawn, history_of, seeds, sizes, swinging, targets

from poise_portfolio.domain.rebalancing.models.equal_risk import risk_contributions
from poise_portfolio.domain.rebalancing.models.parameters import ModelName


@given(seeds, sizes)
@settings(max_examples=50, deadline=None)
def test_each_asset_carries_the_same_share_of_the_risk_by_the_shrunk_correlations(seed: int, size: int) -> None:
    history = drawn(seed, size)
    weights = np.array(list(targets(ModelName.RISK_PARITY, history).weights.values()))
    sample = np.cov(np.diff(np.log(history.closes), axis=0).T).reshape(size, size)
    covariance = 0.9 * sample + 0.1 * np.diag(np.diagonal(sample))
    assert weights.sum() == pytest.approx(0.9)
    assert risk_contributions(weights, covariance) == pytest.approx(np.full(size, 1 / size), rel=3e-4)


def test_more_assets_than_returns_still_have_equal_risk() -> None:
    weights = targets(ModelName.RISK_PARITY, drawn(1, 150)).weights
    assert len(weights) == 150
    assert sum(weights.values()) == pytest.approx(0.9)


def test_an_asset_that_goes_its_own_way_weighs_more_than_two_that_go_together() -> None:
    found = targets(
        ModelName.RISK_PARITY,
        history_of({"A": swinging(0.01), "B": swinging(0.01), "C": swinging(0.01, bars_a_side=2)}),
    )
    # with ρ = 0.9 between A and B: 1 + ρ of theirs is 1 of C's, so C weighs √1.9 of each
    assert found.weights["C"] / found.weights["A"] == pytest.approx(np.sqrt(1.9), rel=1e-3)


def test_assets_that_cancel_each_other_out_are_not_judged_and_it_is_said_why() -> None:
    up = swinging(0.01)
    history = history_of({"A": up, "B": 1 / up})
    found = targets(ModelName.RISK_PARITY, history, correlation_shrinkage=0)
    assert found.weights == {}
    assert found.unjudged["A"] == found.unjudged["B"]
    assert found.unjudged["A"].startswith("contributions to risk can't be made equal")
    assert targets(ModelName.RISK_PARITY, history).weights == pytest.approx({"A": 0.45, "B": 0.45})
