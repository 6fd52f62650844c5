"""Reduce-only orders reduce, whatever happens around them."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderStatus, Side
from poise_simulator.domain.rejections import Rejected, RejectReason

FUTURES = Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


def held(exchange: Exchange, account_id: str = "alice") -> Decimal:
    position = exchange.account(account_id).futures.positions.get("BTCUSDT")
    return position.quantity if position else Decimal(0)


def open_long(exchange: Exchange, order: Order, quantity: str) -> None:
    exchange.submit("bob", order(FUTURES, SELL, quantity, "100"))
    exchange.submit("alice", order(FUTURES, BUY, quantity))


def test_without_a_position_or_on_its_own_side_it_is_refused(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    for side in (BUY, SELL):
        with pytest.raises(Rejected) as caught:
            exchange.submit("alice", order(FUTURES, side, "1", "100", reduce_only=True))
        assert caught.value.reason is RejectReason.REDUCE_ONLY_REJECTED
    open_long(exchange, order, "2")
    with pytest.raises(Rejected) as caught:
        exchange.submit("alice", order(FUTURES, BUY, "1", "100", reduce_only=True))
    assert caught.value.reason is RejectReason.REDUCE_ONLY_REJECTED


def test_more_than_the_position_is_cut_to_it(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    open_long(exchange, order, "2")
    result = exchange.submit("alice", order(FUTURES, SELL, "5", reduce_only=True)).order
    assert (result.quantity, result.status) == (Decimal(2), OrderStatus.FILLED)
    assert held(exchange) == 0


def test_resting_ones_never_offer_more_than_the_position_together(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    open_long(exchange, order, "2")
    exchange.submit("alice", order(FUTURES, SELL, "1.5", "100.5", reduce_only=True))
    second = exchange.submit("alice", order(FUTURES, SELL, "1.5", "100.6", reduce_only=True)).order
    assert second.quantity == Decimal("0.5")
    with pytest.raises(Rejected):
        exchange.submit("alice", order(FUTURES, SELL, "1", "100.7", reduce_only=True))


def test_resting_ones_shrink_and_end_with_the_position(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    open_long(exchange, order, "2")
    exit_id = exchange.submit("alice", order(FUTURES, SELL, "2", "100.5", reduce_only=True)).order.order_id
    exchange.submit("alice", order(FUTURES, SELL, "1.5"))
    shrunk = exchange.order("alice", FUTURES, "BTCUSDT", order_id=exit_id)
    assert (shrunk.remaining_quantity, shrunk.status) == (Decimal("0.5"), OrderStatus.NEW)
    exchange.submit("alice", order(FUTURES, SELL, "0.5"))
    ended = exchange.order("alice", FUTURES, "BTCUSDT", order_id=exit_id)
    assert ended.status is OrderStatus.EXPIRED
    assert exchange.book(FUTURES, "BTCUSDT", 1).asks[0][0] > Decimal("100.5")


def test_one_sweep_through_a_plain_and_a_reduce_only_order_stops_at_flat(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    open_long(exchange, order, "2")
    exchange.submit("alice", order(FUTURES, SELL, "2", "100.4", reduce_only=True))
    exchange.submit("alice", order(FUTURES, SELL, "2", "100.3"))
    exchange.submit("bob", order(FUTURES, BUY, "4", "100.4"))
    assert held(exchange) == 0


@given(
    trades=st.lists(
        st.tuples(
            st.sampled_from(["alice", "bob"]),
            st.sampled_from([BUY, SELL]),
            st.integers(100, 3_000),
            st.one_of(st.none(), st.integers(9_950, 10_050)),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_a_reduce_only_order_never_increases_or_flips_a_position(
    trades: list[tuple[str, Side, int, int | None, bool]], still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    for account_id, side, lots, ticks, reduce_only in trades:
        price = None if ticks is None else str(Decimal(ticks) / 100)
        quantity = str(Decimal(lots) / 1_000)
        try:
            exchange.submit(account_id, order(FUTURES, side, quantity, price, reduce_only=reduce_only))
        except Rejected:
            continue
    for account_id in ("alice", "bob"):
        reducing = {o.order_id for o in exchange.all_orders(account_id, FUTURES, "BTCUSDT") if o.reduce_only}
        position = Decimal(0)
        for fill in exchange.trades(account_id, FUTURES):
            after = position + fill.side.sign * fill.quantity
            if fill.order_id in reducing:
                assert position * fill.side.sign < 0
                assert position * after >= 0
            position = after
        assert position == held(exchange, account_id)
