"""Shares in proportion, each within bounds."""

import numpy as np

from poise_portfolio.domain.arrays import Floats


def bounded_shares(strengths: Floats, total: float, share_min: float, share_max: float) -> Floats:
    """Share out a total in proportion to strengths > 0, each share brought into the bounds.

    What a bound takes or gives, the others share in proportion: shares are clip(λ × strength) with the one λ by which
    they sum to the total. That sum grows with λ and is straight between the λ at which a share meets a bound. Where
    even the largest shares fall short of the total, they are what is returned.
    """
    factors = np.sort(np.concatenate((share_min / strengths, share_max / strengths)))
    sums = np.clip(factors[:, None] * strengths, share_min, share_max).sum(axis=1)
    shares: Floats = np.clip(np.interp(total, sums, factors) * strengths, share_min, share_max)
    return shares
