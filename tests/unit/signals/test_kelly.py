"""How large: half of Kelly's stake by the strategy's own settled packages, with a prior until enough have settled."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_common.contracts.state import TrackRecord
from poise_signals.domain.config import StrategiesConfig
from poise_signals.domain.parameters import KellyParameters
from poise_signals.domain.sizing.kelly import Odds, equity_share, odds_of

PARAMETERS = KellyParameters(
    fraction=0.5, max_equity_pct=25, settled_min=30, prior_win_probability=0.58, prior_win_loss_ratio=1.0
)


def record(settled: int, wins: int, mean_win: float = 30, mean_loss: float = 20) -> TrackRecord:
    mean_win_usd, mean_loss_usd = Decimal(repr(mean_win)), Decimal(repr(mean_loss))
    return TrackRecord(strategy="s", settled=settled, wins=wins, mean_win_usd=mean_win_usd, mean_loss_usd=mean_loss_usd)


def test_kelly_stakes_what_wins_more_than_it_loses() -> None:
    # 60 of 100 won, each 1.5 times what is lost: 0.6 - 0.4 / 1.5 = 1/3.
    assert Odds(0.6, 1.5).kelly_fraction == pytest.approx(1 / 3)
    # A fair coin that pays as much as it costs is worth no stake, and neither is a worse one.
    assert Odds(0.5, 1.0).kelly_fraction == 0
    assert Odds(0.3, 1.0).kelly_fraction == 0
    assert Odds(0.9, 0.0).kelly_fraction == 0


def test_a_strategy_that_has_settled_nothing_goes_by_the_prior() -> None:
    # Half of 0.58 - 0.42 = 0.16: 8 % of equity.
    assert equity_share(None, PARAMETERS) == pytest.approx(0.08)
    assert equity_share(record(0, 0), PARAMETERS) == pytest.approx(0.08)


def test_the_prior_stands_until_enough_have_settled_however_they_began() -> None:
    for young in (record(29, 0), record(29, 29)):
        assert odds_of(young, PARAMETERS) == pytest.approx((0.58, 1.0))
    # All 30: its own alone, 0.8 and 1.5. Half of 0.8 - 0.2 / 1.5 = 0.6667 is over 25 % of equity.
    assert odds_of(record(30, 24), PARAMETERS) == pytest.approx((0.8, 1.5))
    assert equity_share(record(30, 24), PARAMETERS) == 0.25


def test_a_strategy_that_loses_is_not_traded() -> None:
    assert equity_share(record(60, 20), PARAMETERS) == 0


def test_what_never_lost_has_no_ratio_of_its_own() -> None:
    assert odds_of(record(30, 30, mean_loss=0.0), PARAMETERS) == pytest.approx((1.0, 1.0))
    assert odds_of(record(30, 0, mean_win=0.0), PARAMETERS) == pytest.approx((0.0, 1.0))


@given(st.integers(0, 200), st.integers(0, 200), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_share_stays_within_its_bounds_and_one_more_win_never_lowers_it(
    settled: int, wins: int, mean_win: float, mean_loss: float
) -> None:
    wins = min(wins, settled)
    share = equity_share(record(settled, wins, mean_win, mean_loss), PARAMETERS)
    assert 0 <= share <= 0.25
    if 0 < wins < settled - 1:
        assert equity_share(record(settled, wins + 1, mean_win, mean_loss), PARAMETERS) >= share


def test_the_shipped_prior_is_eight_percent_of_equity(shipped: Callable[..., StrategiesConfig]) -> None:
    assert Decimal(f"{equity_share(None, shipped().sizing.kelly):.12g}") == Decimal("0.08")


def test_a_prior_that_stakes_nothing_is_refused_with_what_would_pass(shipped: Callable[..., StrategiesConfig]) -> None:
    with pytest.raises(ValueError, match=r"above 0\.5000 would pass"):
        shipped(sizing={"kelly": {"prior_win_probability": 0.5}})
