from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.desk import PERPETUAL, SPOT, START, Desk

from poise_common.contracts.market_data import FundingRate
from poise_common.contracts.packages import PackageAction
from poise_portfolio.domain.records import DayStart, EquitySnapshot, HighWaterMark

D = Decimal


def test_equity_is_cash_and_marked_positions() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"))
    desk.tell(desk.book(SPOT, 110.0), desk.book(PERPETUAL, 110.5))
    state = desk.wait().state
    # 59,900 + 1 at 110 + 40,000 + (101 - 110.5)
    assert state.equity_usd == D("100000.5")
    assert state.accounts[0].stablecoins_usd == {"USDT": D(99_900)}
    assert (state.exposure_usd, state.net_delta_usd) == (D("110.5"), D(0))
    assert state.deltas[0].delta == 0


def test_what_legs_do_not_match_is_delta_at_the_assets_price_and_keeps_its_sign() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "0.75", "101"))
    desk.tell(desk.book(SPOT, 110.0), desk.book(PERPETUAL, 112.0))
    state = desk.wait().state
    # 1 - 0.75 held too much, at the dearer of 110 and 112
    assert (state.deltas[0].delta, state.deltas[0].delta_usd) == (D("0.25"), D("28"))
    assert state.net_delta_usd == D("28")
    assert state.packages[0].residual_delta_usd == D("28")


def test_each_fill_is_told_at_once_and_books_are_not() -> None:
    desk = Desk().open_account()
    told = desk.states()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"))
    assert desk.states() == told + 1
    for mid in range(100, 150):
        desk.tell(desk.book(SPOT, float(mid)))
    assert desk.states() == told + 1
    desk.wait(0.5)
    assert desk.states() == told + 1
    desk.wait(0.5)
    assert desk.states() == told + 2


def test_a_state_carries_its_cause() -> None:
    desk = Desk().open_account()
    fill = desk.fill(SPOT, "buy", "1", "100")
    desk.tell(fill)
    assert desk.state.trace_id == fill.trace_id
    assert [hop.stage for hop in desk.state.hops] == ["test", "portfolio"]


def test_the_day_is_measured_from_its_first_moment() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.book(SPOT, 130.0))
    state = desk.wait().state
    assert (state.day_start_equity_usd, state.high_water_mark_usd) == (D(100_000), D(100_030))
    assert state.deltas[0].pnl_today_usd == D(30)
    desk.wait((datetime(2026, 3, 3, tzinfo=UTC) - desk.now).total_seconds())
    desk.tell(desk.book(SPOT, 125.0))
    state = desk.wait().state
    assert state.day_start_equity_usd == D(100_030)
    assert state.high_water_mark_usd == D(100_030)
    assert state.deltas[0].pnl_today_usd == D(-5)
    assert [start.day.day for start in desk.stored(DayStart)] == [2, 3]
    assert desk.stored(HighWaterMark)[-1].equity_usd == D(100_030)


def test_the_equity_curve_has_a_point_each_minute() -> None:
    desk = Desk().open_account()
    for _ in range(180):
        desk.wait(1)
    points = [snapshot.as_of for snapshot in desk.stored(EquitySnapshot)]
    assert points[0] <= START + timedelta(seconds=1)
    assert [later - earlier for earlier, later in pairwise(points)] == [timedelta(minutes=1)] * 3


def test_a_quiet_book_gives_way_to_the_venues_mark() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(PERPETUAL, "sell", "1", "100"), desk.book(PERPETUAL, 101.0))
    desk.tell(funding_rate(desk, 105.0))
    assert desk.wait(1).state.packages[0].short_leg.mark_price == D(101)
    desk.wait(10).tell(funding_rate(desk, 106.0))
    assert desk.wait(1).state.packages[0].short_leg.mark_price == D(106)
    desk.tell(desk.book(PERPETUAL, 103.0))
    assert desk.wait(1).state.packages[0].short_leg.mark_price == D(103)


def test_messages_without_a_use_change_nothing() -> None:
    desk = Desk().wait()
    before = list(desk.records)
    assert desk.tell(desk.state).records == before


prices = st.integers(5_000, 20_000).map(lambda tick: D(tick) / 100)
moves = st.lists(
    st.tuples(
        st.sampled_from([SPOT, PERPETUAL, "ETH/USDT", "ETH/USDT:USDT"]),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 900).map(lambda step: D(step) / 100),
        prices,
        st.integers(0, 500).map(lambda fee: D(fee) / 10_000),
        st.sampled_from(["", "funding", "closed", "halted"]),
    ),
    min_size=1,
    max_size=20,
)


@given(moves, st.tuples(prices, prices, prices, prices))
@settings(max_examples=60)
def test_equity_changes_by_price_funding_and_fees_and_nothing_else(
    script: list[Any], marks: tuple[Decimal, ...]
) -> None:
    desk = Desk().open_account()
    for symbol, side, quantity, price, fee, event in script:
        asset, is_spot = symbol.partition("/")[0], ":" not in symbol
        package_id = desk.new_id(START)
        in_base = is_spot and side == "buy"
        desk.tell(
            desk.fill(
                symbol,
                side,
                quantity,
                price,
                fee=fee,
                fee_currency=asset if in_base else "USDT",
                package_id=package_id,
                action=PackageAction.CLOSE,
            )
        )
        if event == "funding":
            desk.tell(desk.funding("-0.37", symbol=f"{asset}/USDT:USDT"))
        elif event:
            desk.tell(getattr(desk, event)(package_id).model_copy(update={"asset": asset}))
    for symbol, mark in zip((SPOT, PERPETUAL, "ETH/USDT", "ETH/USDT:USDT"), marks, strict=True):
        desk.tell(desk.book(symbol, float(mark)))
    state = desk.wait().state
    earned = state.realised_pnl_usd + state.unrealised_pnl_usd + state.funding_usd - state.fees_usd
    assert abs(state.equity_usd - 100_000 - earned) < D("1e-6")
    assert abs(sum(asset.pnl_today_usd for asset in state.deltas) - earned) < D("1e-6")


def funding_rate(desk: Desk, mark_price: float) -> FundingRate:
    return desk.message(
        FundingRate,
        venue="paper",
        symbol=PERPETUAL,
        funding_rate_per_interval=0.0001,
        next_funding_at=desk.now + timedelta(hours=1),
        interval_s=28_800,
        settled_rates_per_interval=(),
        mark_price=mark_price,
        index_price=mark_price,
        received_at=desk.now,
    )
