"""IOC orders that the exchange fills in part, or answers before it is done with them."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Handling, OrderRequest, OrderStatus, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected, RejectReason

SPOT, FUTURES = Market.SPOT, Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL
IOC = TimeInForce.IOC
HALF = Handling(fill_share_max=Decimal("0.5"))
SLOW = Handling(fill_share_max=Decimal("0.25"), finish_after_ms=1_000)

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


@pytest.mark.parametrize("market", Market)
def test_a_partial_fill_expires_with_what_it_has(still_exchange: Build, order: Order, market: Market) -> None:
    exchange = still_exchange()
    taken = exchange.submit("alice", order(market, BUY, "4", "102", time_in_force=IOC), handling=HALF).order
    assert (taken.status, taken.executed_quantity) == (OrderStatus.EXPIRED, 2)
    assert exchange.account("alice").spot["USDT"].locked == 0


@pytest.mark.parametrize("market", Market)
def test_a_slow_order_is_open_until_it_fills(still_exchange: Build, order: Order, market: Market) -> None:
    exchange = still_exchange()
    request = order(market, BUY, "4", "102", time_in_force=IOC, client_order_id="slow")
    answered = exchange.submit("alice", request, handling=SLOW).order
    assert (answered.status, answered.executed_quantity) == (OrderStatus.PARTIALLY_FILLED, 1)
    exchange.advance(exchange.now_ms + 900)
    assert [o.client_order_id for o in exchange.open_orders("alice", market)] == ["slow"]
    exchange.advance(exchange.now_ms + 200)
    done = exchange.order("alice", market, "BTCUSDT", client_order_id="slow")
    assert (done.status, done.executed_quantity) == (OrderStatus.FILLED, 4)
    assert exchange.account("alice").spot["USDT"].locked == 0


def test_a_slow_order_that_finds_nothing_expires(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(SPOT, BUY, "1", "100.5", time_in_force=IOC), handling=SLOW)
    exchange.advance(exchange.now_ms + 1_100)
    (done,) = exchange.all_orders("alice", SPOT, "BTCUSDT")
    assert (done.status, done.executed_quantity) == (OrderStatus.EXPIRED, 0)
    assert exchange.account("alice").spot["USDT"].free == 10_000


def test_a_slow_order_can_be_cancelled_and_never_fills_then(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    slow = exchange.submit("alice", order(SPOT, BUY, "4", "102", time_in_force=IOC), handling=SLOW).order
    cancelled = exchange.cancel("alice", SPOT, "BTCUSDT", order_id=slow.order_id)
    exchange.advance(exchange.now_ms + 1_100)
    after = exchange.order("alice", SPOT, "BTCUSDT", order_id=slow.order_id)
    assert after == cancelled
    assert (after.status, after.executed_quantity) == (OrderStatus.CANCELED, 1)
    assert exchange.account("alice").spot["USDT"].locked == 0


def test_a_slow_reduce_only_order_never_turns_the_position(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(FUTURES, BUY, "4"))
    exchange.submit("alice", order(FUTURES, SELL, "4", "98", time_in_force=IOC, reduce_only=True), handling=SLOW)
    exchange.submit("alice", order(FUTURES, SELL, "2"))
    exchange.advance(exchange.now_ms + 1_100)
    assert exchange.account("alice").futures.positions == {}
    slow = exchange.all_orders("alice", FUTURES, "BTCUSDT")[1]
    assert (slow.status, slow.executed_quantity) == (OrderStatus.EXPIRED, 2)


def test_only_limit_ioc_orders_are_handled(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    by_rule = exchange.submit("alice", order(SPOT, BUY, "4", "102"), handling=SLOW).order
    assert by_rule.status is OrderStatus.FILLED


def test_orders_end_while_the_countdown_is_not_renewed(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(FUTURES, BUY, "1", "99.5"))
    exchange.cancel_all_after("alice", "BTCUSDT", 1_000)
    exchange.advance(exchange.now_ms + 900)
    exchange.cancel_all_after("alice", "BTCUSDT", 1_000)
    exchange.advance(exchange.now_ms + 900)
    assert exchange.open_orders("alice", FUTURES)
    exchange.advance(exchange.now_ms + 200)
    assert not exchange.open_orders("alice", FUTURES)


def test_a_halted_book_takes_no_orders_fills_nothing_and_lets_orders_be_cancelled(
    still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    resting = exchange.submit("alice", order(SPOT, BUY, "1", "99.5")).order
    slow = exchange.submit("alice", order(SPOT, BUY, "4", "102", time_in_force=IOC), handling=SLOW).order
    exchange.halt(SPOT, "BTCUSDT")
    with pytest.raises(Rejected) as caught:
        exchange.submit("alice", order(SPOT, BUY, "1"))
    assert caught.value.reason is RejectReason.TRADING_HALTED
    exchange.drain_events()
    exchange.advance(exchange.now_ms + 5_000)
    assert exchange.order("alice", SPOT, "BTCUSDT", order_id=slow.order_id).executed_quantity == 1
    assert exchange.cancel("alice", SPOT, "BTCUSDT", order_id=resting.order_id).status is OrderStatus.CANCELED
    exchange.resume(SPOT, "BTCUSDT")
    assert exchange.submit("alice", order(SPOT, BUY, "1")).order.status is OrderStatus.FILLED
