"""A FOK order fills whole or not at all, whatever its own fills do to the orders in its way."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderStatus, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected

FUTURES = Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


def test_what_a_reduce_only_order_will_no_longer_offer_does_not_count(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(FUTURES, SELL, "2", "100"))
    exchange.submit("alice", order(FUTURES, BUY, "2"))
    exchange.submit("alice", order(FUTURES, SELL, "2", "100.4", reduce_only=True))
    exchange.submit("alice", order(FUTURES, SELL, "2", "100.3"))
    killed = exchange.submit("bob", order(FUTURES, BUY, "4", "100.4", time_in_force=TimeInForce.FOK)).order
    assert (killed.status, killed.executed_quantity) == (OrderStatus.EXPIRED, 0)
    filled = exchange.submit("bob", order(FUTURES, BUY, "2", "100.4", time_in_force=TimeInForce.FOK)).order
    assert filled.status is OrderStatus.FILLED


def test_a_reduce_only_order_that_is_reached_first_counts_in_full(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(FUTURES, SELL, "2", "100"))
    exchange.submit("alice", order(FUTURES, BUY, "2"))
    exchange.submit("alice", order(FUTURES, SELL, "2", "100.3", reduce_only=True))
    exchange.submit("alice", order(FUTURES, SELL, "2", "100.4"))
    filled = exchange.submit("bob", order(FUTURES, BUY, "4", "100.4", time_in_force=TimeInForce.FOK)).order
    assert filled.status is OrderStatus.FILLED


ASKS = st.tuples(st.just("alice"), st.integers(1, 3), st.integers(10_001, 10_003), st.booleans())
TAKERS = st.tuples(st.sampled_from(["alice", "bob"]), st.integers(2, 6), st.integers(10_002, 10_004))


@given(asks=st.lists(ASKS, min_size=2, max_size=4), takers=st.lists(TAKERS, min_size=1, max_size=4))
def test_a_fill_or_kill_order_is_all_or_nothing_and_killed_only_if_it_has_to_be(
    asks: list[tuple[str, int, int, bool]],
    takers: list[tuple[str, int, int]],
    still_exchange: Build,
    order: Order,
) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(FUTURES, SELL, "3", "100"))
    exchange.submit("alice", order(FUTURES, BUY, "3"))
    for account_id, quantity, ticks, reduce_only in asks:
        with suppress(Rejected):
            exchange.submit(
                account_id, order(FUTURES, SELL, str(quantity), str(Decimal(ticks) / 100), reduce_only=reduce_only)
            )
    for account_id, quantity, ticks in takers:
        limit = str(Decimal(ticks) / 100)
        wanted = order(FUTURES, BUY, str(quantity), limit, time_in_force=TimeInForce.FOK)
        result = exchange.submit(account_id, wanted).order
        assert result.executed_quantity in {0, quantity}
        if not result.executed_quantity:
            tried = order(FUTURES, BUY, str(quantity), limit, time_in_force=TimeInForce.IOC)
            assert exchange.submit(account_id, tried).order.executed_quantity < quantity
