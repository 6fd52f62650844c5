import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.rebalancing.models.bounded import bounded_shares

strengths = st.lists(st.floats(0.001, 1000), min_size=1, max_size=40).map(np.array)


@pytest.mark.parametrize(
    ("strong", "shares"),
    [
        ((3, 3, 3), (0.3, 0.3, 0.3)),
        ((8, 4, 2, 1), (0.3, 0.3, 0.2, 0.1)),  # the second meets its bound by what the first leaves
        ((10, 10, 10, 1), (0.85 / 3, 0.85 / 3, 0.85 / 3, 0.05)),
        ((1, 1), (0.3, 0.3)),  # all that the bounds allow
        ((100, 1), (0.3, 0.3)),
    ],
)
def test_what_a_bound_takes_or_gives_the_others_share(strong: tuple[float, ...], shares: tuple[float, ...]) -> None:
    assert bounded_shares(np.array(strong, dtype=float), 0.9, 0.05, 0.3) == pytest.approx(shares)


@given(strengths, st.floats(0.1, 1), st.floats(0, 0.2), st.floats(0, 1))
def test_shares_keep_their_bounds_sum_up_and_are_in_proportion_between(
    strong: Floats, total: float, share_min: float, width: float
) -> None:
    share_max = min(1.0, share_min + width)
    assume(share_max > 0)
    assume(len(strong) * share_min <= total)
    shares = bounded_shares(strong, total, share_min, share_max)
    assert (shares >= share_min - 1e-12).all()
    assert (shares <= share_max + 1e-12).all()
    assert shares.sum() == pytest.approx(min(total, len(strong) * share_max))
    assert (np.diff(shares[np.argsort(strong)]) >= -1e-12).all()
    free = (shares > share_min * (1 + 1e-9)) & (shares < share_max * (1 - 1e-9))
    if free.any():
        assert shares[free] / strong[free] == pytest.approx(np.full(free.sum(), (shares / strong)[free][0]))
