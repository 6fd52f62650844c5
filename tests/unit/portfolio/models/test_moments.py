import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.models.histories import drawn, seeds

from poise_portfolio.domain.rebalancing.models.moments import Moments

sizes = st.integers(2, 20)


@given(seeds, sizes)
@settings(max_examples=50, deadline=None)
def test_without_gaps_they_are_the_samples_own(seed: int, size: int) -> None:
    closes = drawn(seed, size).closes
    returns = np.diff(np.log(closes), axis=0)
    moments, weights = Moments(closes), np.random.default_rng(seed).dirichlet(np.ones(size))
    assert moments.counts.tolist() == [60] * size
    assert moments.deviations == pytest.approx(returns.std(axis=0, ddof=1))
    assert moments.correlations() == pytest.approx(np.corrcoef(returns.T), abs=1e-9)
    assert moments.deviation_of(weights) == pytest.approx((returns @ weights).std(ddof=1))


@given(seeds, sizes, st.floats(0.01, 0.4))
@settings(max_examples=50, deadline=None)
def test_with_gaps_no_portfolio_has_a_negative_variance(seed: int, size: int, missing: float) -> None:
    correlations = Moments(drawn(seed, size, missing=missing).closes).correlations()
    assert np.diagonal(correlations) == pytest.approx(1)
    assert np.linalg.eigvalsh(correlations).min() > -1e-9


def test_a_gap_costs_the_returns_beside_it_and_no_others() -> None:
    closes = drawn(1, 2).closes
    closes[30, 0] = np.nan
    known = np.diff(np.log(closes[:, 0]))
    moments = Moments(closes)
    assert moments.counts.tolist() == [58, 60]
    assert moments.deviations[0] == pytest.approx(np.nanstd(known, ddof=1))
