"""Results split into price, funding, fees, borrowing and slippage; deltas and gammas of what is held."""

from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PACKAGE, PERPETUAL, SPOT, Desk, shipped_parameters
from tests.unit.portfolio.inverse_desk import INVERSE, coin_funding

from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageAction
from poise_common.contracts.state import PortfolioState, ResultSplit
from poise_portfolio.domain.records import DayStart, EquitySnapshot

D = Decimal
CLOSE = PackageAction.CLOSE
EQUITY = D(100_000)
ROUNDED = D("0.0001")
"""Venues book realised P&L to 8 decimals of a coin."""


def test_slippage_is_shown_apart_from_price() -> None:
    desk = Desk().open_account()
    # bought at 100.2 where 100 was decided, sold at 101 where 101.1 was: 0.2 + 0.1 lost on the way in
    desk.tell(desk.fill(SPOT, "buy", "1", "100.2", decision_price="100", fee="0.05"))
    desk.tell(desk.fill(PERPETUAL, "sell", "1", "101", decision_price="101.1", fee="0.04"), desk.opened())
    desk.tell(desk.funding("0.3"), desk.book(SPOT, 110.0), desk.book(PERPETUAL, 110.5))
    state = desk.wait().state
    # spot is up by 10 since it was decided on, the perpetual by 9.4
    split = ResultSplit(price_usd=D("0.6"), funding_usd=D("0.3"), fees_usd=D("0.09"), slippage_usd=D("0.3"))
    assert state.result == state.packages[0].result == state.deltas[0].result == split
    assert split.net_usd == D("0.51") == state.equity_usd - EQUITY
    assert state.realised_pnl_usd + state.unrealised_pnl_usd == split.price_usd - split.slippage_usd
    snapshot = desk.stored(EquitySnapshot)[-1]
    assert (snapshot.slippage_usd, snapshot.borrow_usd, snapshot.net_gamma_usd) == (D(0), D(0), D(0)), "of the opening"
    assert desk.wait(60).stored(EquitySnapshot)[-1].slippage_usd == D("0.3")


def test_a_package_that_ended_stays_in_the_results_of_its_asset() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "100"), desk.fill(PERPETUAL, "sell", "1", "101"), desk.opened())
    desk.tell(desk.fill(SPOT, "sell", "1", "104", action=CLOSE, decision_price="105"))
    desk.tell(desk.fill(PERPETUAL, "buy", "1", "104.5", action=CLOSE), desk.closed())
    state = desk.wait().state
    assert state.packages == ()
    assert state.result == ResultSplit(price_usd=D("1.5"), slippage_usd=D(1))
    assert state.deltas[0].result.net_usd == state.deltas[0].pnl_today_usd == D("0.5")
    desk.wait(86_400)
    assert desk.stored(DayStart)[-1].asset_results == {"BTC": state.result}
    assert desk.state.deltas == (), "nothing was earned today"


def test_spot_and_linear_contracts_have_no_gamma_and_inverse_ones_have() -> None:
    desk = Desk().open_account()
    desk.tell(desk.fill(SPOT, "buy", "1", "50000"), desk.fill(INVERSE, "sell", "1", "50000"), desk.opened())
    desk.tell(desk.fill(PERPETUAL, "sell", "2", "50000", package_id=UUID(int=7)))
    desk.tell(*(desk.book(symbol, 40_000.0) for symbol in (SPOT, PERPETUAL, INVERSE)))
    state = desk.wait().state
    hedged, _ = sorted(state.packages, key=lambda held: held.package_id != PACKAGE)
    # a face of 50,000 is 1.25 coins at 40,000, and 1.2376 one percent higher: 495 dollars of delta less to buy back
    assert (hedged.long_leg.gamma_usd, hedged.short_leg.gamma_usd) == (D(0), D(500))
    assert state.net_gamma_usd == state.deltas[0].gamma_usd == D(500)
    assert D("1.25") - D(50_000) / 40_400 == pytest.approx(D(500) / 40_000, rel=D("0.011"))
    assert (state.deltas[0].delta, state.net_delta_usd) == (D(-2), D(-80_000))


prices = st.integers(5_000, 20_000).map(lambda tick: D(tick) / 100)
moves = st.lists(
    st.tuples(
        st.sampled_from([SPOT, PERPETUAL, INVERSE]),
        st.sampled_from(["buy", "sell"]),
        st.integers(1, 40).map(lambda lots: D(25 * lots)),
        prices,
        prices,
        st.integers(0, 500).map(lambda fee: D(fee) / 100_000),
        st.integers(1, 4),
        st.sampled_from(["", "funding", "coin funding", "closed", "halted"]),
    ),
    min_size=1,
    max_size=20,
)


def told(desk: Desk, script: list[Any]) -> list[Message]:
    """The script's messages: fills of four packages, each of one instrument; payments; what became of packages."""
    messages: list[Message] = []
    for symbol, side, usd, price, decision_price, fee, number, event in script:
        package_id = UUID(int=10 * number + [SPOT, PERPETUAL, INVERSE].index(symbol))
        in_coin = symbol == INVERSE or (symbol == SPOT and side == "buy")
        fill = desk.fill(
            symbol,
            side,
            usd / price,
            price,
            decision_price=decision_price,
            fee=fee,
            fee_currency="BTC" if in_coin else "USDT",
            package_id=package_id,
            action=CLOSE,
            role=LegRole.LONG,
        )
        messages.append(fill)
        if event == "funding":
            messages.append(desk.funding("-0.37"))
        elif event == "coin funding":
            messages.append(coin_funding(desk, "0.011"))
        elif event:
            messages.append(getattr(desk, event)(package_id))
    return messages


def marked(desk: Desk, spot: Decimal, linear: Decimal, inverse: Decimal) -> PortfolioState:
    for symbol, price in ((SPOT, spot), (PERPETUAL, linear), (INVERSE, inverse)):
        desk.tell(desk.book(symbol, float(price)))
    return desk.wait(2).state


@given(moves, st.tuples(prices, prices, prices))
@settings(max_examples=60)
def test_the_parts_of_every_result_add_up_to_what_equity_has_changed_by(
    script: list[Any], marks: tuple[Decimal, Decimal, Decimal]
) -> None:
    desk = Desk().open_account()
    desk.tell(desk.book(SPOT, 100.0), *told(desk, script))
    state = marked(desk, *marks)
    assert state.result.net_usd == pytest.approx(state.equity_usd - EQUITY, abs=ROUNDED)
    in_price = state.result.price_usd - state.result.slippage_usd
    assert in_price == pytest.approx(state.realised_pnl_usd + state.unrealised_pnl_usd, abs=D("1e-12"))
    assets = [asset.result for asset in state.deltas]
    for part in ResultSplit.model_fields:
        whole = sum((getattr(result, part) for result in assets), D(0))
        assert whole == pytest.approx(getattr(state.result, part), abs=D("1e-12"))
    again = Desk(books_of(desk.records), shipped_parameters(mark_wait_s=0))
    again.now = desk.now
    rebuilt = marked(again, *marks)
    assert (rebuilt.result, rebuilt.equity_usd) == (state.result, state.equity_usd)


@given(moves, prices, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_what_was_earned_does_not_depend_on_the_order_it_is_told_in(
    script: list[Any], mark: Decimal, dice: Random
) -> None:
    in_order, shuffled = Desk().open_account(), Desk().open_account()
    # what a package's end gives up, and the price that a payment in coin is worth, are a matter of when
    messages = told(in_order, [(*move[:-1], "funding" if move[-1] == "funding" else "") for move in script])
    in_order.tell(*messages)
    shuffled.tell(*dice.sample(messages, k=len(messages)))
    shuffled.now = in_order.now
    one, other = marked(in_order, mark, mark, mark), marked(shuffled, mark, mark, mark)
    assert other.result.net_usd == pytest.approx(one.result.net_usd, abs=ROUNDED)
    for part in ("fees_usd", "funding_usd", "slippage_usd"):
        assert getattr(other.result, part) == pytest.approx(getattr(one.result, part), abs=D("1e-12"))
    assert other.equity_usd == pytest.approx(one.equity_usd, abs=ROUNDED)


@given(moves, prices)
@settings(max_examples=40)
def test_a_delta_is_what_a_move_of_the_price_does_to_equity(script: list[Any], price: Decimal) -> None:
    desk = Desk().open_account()
    desk.tell(desk.book(SPOT, 100.0), *told(desk, script))
    before = marked(desk, price, price, price)
    after = marked(desk, price + 7, price + 7, price + 7)
    assert after.equity_usd - before.equity_usd == pytest.approx(7 * before.net_delta_usd / price, abs=ROUNDED)
