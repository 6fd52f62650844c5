"""How losses are followed over a run's portfolio states."""

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.cli.desk_states import NOW, portfolio

from poise.demo.course import Course
from poise_common.contracts.state import AssetDelta, PortfolioState


def worth(
    equity_usd: int, at: datetime = NOW, *, is_open: bool = True, external_usd: int = 0, **assets_usd: int
) -> PortfolioState:
    deltas = tuple(
        AssetDelta(asset=asset, delta=Decimal(0), delta_usd=Decimal(0), pnl_today_usd=Decimal(pnl_usd))
        for asset, pnl_usd in assets_usd.items()
    )
    return portfolio(
        at,
        equity_usd=Decimal(equity_usd),
        external_usd=Decimal(external_usd),
        ledger_open=is_open,
        deltas=deltas,
    )


def course(*states: PortfolioState) -> Course:
    followed = Course()
    for state in states:
        followed.take(state)
    return followed


def test_the_drawdown_is_the_largest_fall_from_the_highest_equity_before_it() -> None:
    followed = course(worth(1_000), worth(2_000), worth(1_900), worth(4_000), worth(3_900))
    assert followed.max_drawdown_pct == 5


def test_the_loss_is_counted_from_the_start_and_stays_when_it_is_made_good() -> None:
    assert course(worth(1_000), worth(970), worth(1_200)).loss_pct == 3
    assert course(worth(1_000), worth(1_200), worth(1_100)).loss_pct == 0


def test_an_asset_is_counted_from_what_it_had_brought_in_at_the_start() -> None:
    followed = course(worth(1_000, BTC=50, ETH=-5), worth(1_000, BTC=20, ETH=-10), worth(1_000, BTC=60, ETH=0))
    assert followed.asset_loss_pct("BTC") == 3
    assert followed.asset_loss_pct("ETH") == Decimal("0.5")
    assert followed.asset_loss_pct("SOL") == 0
    assert followed.worst_asset_loss_pct == 3


def test_an_asset_that_comes_later_starts_with_nothing() -> None:
    assert course(worth(1_000), worth(1_000, SOL=-20)).worst_asset_loss_pct == 2


def test_midnight_neither_makes_nor_forgives_a_loss() -> None:
    before = datetime(2026, 3, 2, 23, 59, 59, tzinfo=NOW.tzinfo)
    after = before + timedelta(seconds=2)
    assert course(worth(1_000, before, BTC=40), worth(1_000, after, BTC=0)).worst_asset_loss_pct == 0
    followed = course(worth(1_000, before), worth(1_000, before, BTC=-20), worth(1_000, after, BTC=-15))
    assert followed.worst_asset_loss_pct == Decimal("3.5")


def test_an_account_that_is_still_being_read_says_nothing() -> None:
    assert course(worth(0, is_open=False), worth(1_000), worth(1_000)).max_drawdown_pct == 0


def test_what_comes_from_outside_is_no_gain_and_is_counted_from() -> None:
    """A second venue's account is read after the first: what it holds was there before."""
    followed = course(worth(1_000), worth(2_000, external_usd=1_000), worth(1_900, external_usd=1_000, BTC=-100))
    assert followed.loss_pct == followed.max_drawdown_pct == followed.worst_asset_loss_pct == 5
    taken_out = course(worth(2_000), worth(1_000, external_usd=-1_000))
    assert taken_out.loss_pct == taken_out.max_drawdown_pct == 0


@pytest.mark.parametrize("figure", ["max_drawdown_pct", "loss_pct", "worst_asset_loss_pct"])
def test_without_a_state_nothing_is_lost(figure: str) -> None:
    assert getattr(Course(), figure) == 0


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_no_fall_is_larger_than_the_drawdown_and_one_is_as_large(equities: list[int]) -> None:
    seconds = count()
    followed = course(*(worth(equity, NOW + timedelta(seconds=next(seconds))) for equity in equities))
    falls = [
        Decimal(100 * (earlier - later)) / earlier
        for index, earlier in enumerate(equities)
        for later in equities[index:]
    ]
    assert followed.max_drawdown_pct == max(falls)
    assert followed.loss_pct <= followed.max_drawdown_pct
