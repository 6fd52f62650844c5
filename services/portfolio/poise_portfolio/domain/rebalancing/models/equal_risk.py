"""Portfolios of which every asset carries the same share of the risk."""

import numpy as np

from poise_portfolio.domain.arrays import Floats

_SPREAD_MAX = 1e-4
_GRADIENT_MAX = 1e-7


class NoEqualRisk(Exception):
    """Contributions could not be made equal: some weights ≥ 0 cancel each other out, or nearly do."""

    def __init__(self, spread: float) -> None:
        super().__init__(f"contributions to risk can't be made equal; the best found are off by {spread:.0%}")
        self.spread = spread


def equal_risk_shares(correlations: Floats, deviations: Floats) -> Floats:
    """Return weights > 0 that sum to 1, by which each asset contributes as much to the standard deviation as any other.

    `correlations` is (n, n), `deviations` (n,) > 0 of any period. Raises NoEqualRisk.

    The weights x × deviations solve min ½ x'Cx − Σ ln x, which is convex and has one solution where no portfolio of
    weights ≥ 0 is without risk (F. Spinu, An Algorithm for Computing Risk Parity Weights, 2013; the equation is that
    of S. Maillard, T. Roncalli, J. Teïletche, The Properties of Equally Weighted Risk Contribution Portfolios, 2010).
    """
    from scipy.optimize import minimize  # noqa: PLC0415 - 38 MB that a desk of another model does without

    count = len(deviations)
    start = np.full(count, np.sqrt(count / max(float(correlations.sum()), 1.0)))
    solution: Floats = minimize(
        _cost, start, args=(correlations,), jac=_slope, hessp=_curvature, method="trust-ncg", tol=_GRADIENT_MAX
    ).x
    spread = float(np.abs(solution * (correlations @ solution) - 1).max())
    if not spread <= _SPREAD_MAX:
        raise NoEqualRisk(spread)
    weights = solution / deviations
    shares: Floats = weights / weights.sum()
    return shares


def risk_contributions(weights: Floats, covariance: Floats) -> Floats:
    """Return each asset's share of the variance of the whole; they sum to 1."""
    marginal = covariance @ weights
    contributions: Floats = weights * marginal / (weights @ marginal)
    return contributions


def _cost(solution: Floats, correlations: Floats) -> float:
    if (solution <= 0).any():
        return float("inf")
    return float(solution @ correlations @ solution / 2 - np.log(solution).sum())


def _slope(solution: Floats, correlations: Floats) -> Floats:
    slope: Floats = correlations @ solution - 1 / solution
    return slope


def _curvature(solution: Floats, direction: Floats, correlations: Floats) -> Floats:
    curvature: Floats = correlations @ direction + direction / solution**2
    return curvature
