from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.equal_risk import NoEqualRisk, equal_risk_shares, risk_contributions

# Maillard, Roncalli, Teïletche, The Properties of Equally Weighted Risk Contribution Portfolios, section 4.1.
MRT_DEVIATIONS = np.array([0.1, 0.2, 0.3, 0.4])
MRT_CORRELATIONS = np.array([[1, 0.8, 0, 0], [0.8, 1, 0, 0], [0, 0, 1, -0.5], [0, 0, -0.5, 1]])

deviations = st.floats(0.001, 10)


def covariance(correlations: Floats, deviations: Floats) -> Floats:
    return correlations * np.outer(deviations, deviations)


def constant(rho: float, size: int) -> Floats:
    return np.full((size, size), rho) + (1 - rho) * np.eye(size)


def drawn(seed: int, size: int, shrinkage: float = 0.05) -> tuple[Floats, Floats]:
    """Correlations of fewer returns than assets at times, and deviations that differ a thousandfold."""
    dice = np.random.default_rng(seed)
    returns = dice.normal(size=(20, size)) + dice.normal() * dice.normal(size=(20, 1)) * dice.choice([1, -1], size)
    correlations = (1 - shrinkage) * np.corrcoef(returns.T).reshape(size, size) + shrinkage * np.eye(size)
    return correlations, 10 ** dice.uniform(-3, 0, size)


def test_the_published_example_of_four_assets() -> None:
    shares = equal_risk_shares(MRT_CORRELATIONS, MRT_DEVIATIONS)
    matrix = covariance(MRT_CORRELATIONS, MRT_DEVIATIONS)
    deviation = np.sqrt(shares @ matrix @ shares)
    assert shares == pytest.approx([0.384, 0.192, 0.243, 0.182], abs=5e-4)
    assert deviation == pytest.approx(0.103, abs=5e-4)
    assert matrix @ shares / deviation == pytest.approx([0.067, 0.134, 0.106, 0.141], abs=5e-4)
    assert risk_contributions(shares, matrix) == pytest.approx([0.25] * 4, rel=1e-4)


def test_the_published_example_of_one_correlation_for_all() -> None:
    shares = equal_risk_shares(constant(0.6, 4), MRT_DEVIATIONS)
    assert shares == pytest.approx([0.48, 0.24, 0.16, 0.12], rel=1e-4)


@given(st.floats(-0.95, 1), deviations, deviations)
def test_of_two_assets_each_weighs_by_the_others_deviation_however_they_correlate(
    rho: float, one: float, other: float
) -> None:
    shares = equal_risk_shares(constant(rho, 2), np.array([one, other]))
    assert shares == pytest.approx([other / (one + other), one / (one + other)], rel=1e-3)


@given(st.integers(3, 12), st.floats(0, 0.99), st.lists(deviations, min_size=12, max_size=12))
def test_with_one_correlation_for_all_each_weighs_by_its_inverse_deviation(
    size: int, rho: float, spread: list[float]
) -> None:
    inverse = 1 / np.array(spread[:size])
    assert equal_risk_shares(constant(rho, size), 1 / inverse) == pytest.approx(inverse / inverse.sum(), rel=1e-3)


def test_one_asset_is_all_there_is() -> None:
    assert equal_risk_shares(np.eye(1), np.array([0.3])) == pytest.approx([1])


@given(st.integers(0, 10_000), st.integers(1, 60))
@settings(max_examples=100, deadline=None)
def test_contributions_are_equal_and_shares_positive_and_whole(seed: int, size: int) -> None:
    correlations, spread = drawn(seed, size)
    shares = equal_risk_shares(correlations, spread)
    assert (shares > 0).all()
    assert shares.sum() == pytest.approx(1)
    contributions = risk_contributions(shares, covariance(correlations, spread))
    assert contributions == pytest.approx(np.full(size, 1 / size), rel=3e-4)


@given(st.integers(0, 10_000), st.integers(2, 30))
@settings(max_examples=50, deadline=None)
def test_the_whole_has_at_most_the_risk_of_equal_weights(seed: int, size: int) -> None:
    # The same paper's order: minimum variance ≤ equal risk ≤ equal weights.
    correlations, spread = drawn(seed, size)
    matrix = covariance(correlations, spread)
    shares, even = equal_risk_shares(correlations, spread), np.full(size, 1 / size)
    assert shares @ matrix @ shares <= even @ matrix @ even * (1 + 1e-6)


@given(st.integers(0, 10_000), st.integers(2, 30), st.floats(0.01, 100), st.randoms(use_true_random=False))
@settings(max_examples=50, deadline=None)
def test_neither_order_nor_the_period_of_deviations_matters(seed: int, size: int, scale: float, dice: Random) -> None:
    correlations, spread = drawn(seed, size)
    shares = equal_risk_shares(correlations, spread)
    assert equal_risk_shares(correlations, spread * scale) == pytest.approx(shares, rel=1e-3)
    order = list(range(size))
    dice.shuffle(order)
    again = equal_risk_shares(correlations[np.ix_(order, order)], spread[order])
    assert again == pytest.approx(shares[order], rel=1e-3)


def test_assets_that_cancel_each_other_out_have_no_equal_risk() -> None:
    with pytest.raises(NoEqualRisk, match="can't be made equal; the best found are off by 100%"):
        equal_risk_shares(constant(-1, 2), np.array([0.1, 0.1]))
