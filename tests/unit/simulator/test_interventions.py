"""What happens to an account behind its client's back leaves all books consistent."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from poise_simulator.domain.events import BalanceUpdated, OrderLiquidated, OrderUpdated, UpdateReason
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderStatus, Origin, Side
from poise_simulator.domain.rejections import Rejected, RejectReason

SPOT, FUTURES = Market.SPOT, Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


def held(exchange: Exchange, account_id: str = "alice") -> Decimal:
    position = exchange.account(account_id).futures.positions.get("BTCUSDT")
    return position.quantity if position else Decimal(0)


def wallet_follows_its_records(exchange: Exchange, account_id: str = "alice") -> bool:
    records = exchange.income(account_id, limit=10_000)
    return exchange.account(account_id).futures.wallet_balance == sum(r.amount for r in records)


@pytest.mark.parametrize("market", Market)
def test_a_trade_by_hand_is_one_like_any_other_but_for_its_origin(
    still_exchange: Build, order: Order, market: Market
) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(market, BUY, "1", client_order_id="own"))
    by_hand = exchange.submit_by_hand("alice", order(market, BUY, "2")).order
    assert by_hand.status is OrderStatus.FILLED
    assert {fill.client_order_id: fill.origin for fill in exchange.trades("alice", market)} == {
        "own": Origin.CLIENT,
        by_hand.client_order_id: Origin.FOREIGN,
    }


def test_transfers_from_outside_move_one_wallet(still_exchange: Build) -> None:
    exchange = still_exchange()
    exchange.drain_events()
    exchange.transfer_from_outside("alice", "USDT", Decimal(-500), SPOT)
    exchange.transfer_from_outside("alice", "BTC", Decimal("0.5"), SPOT)
    exchange.transfer_from_outside("alice", "USDT", Decimal(70), FUTURES)
    account = exchange.account("alice")
    assert (account.spot["USDT"].free, account.spot["BTC"].free) == (9_500, Decimal("100.5"))
    assert account.futures.wallet_balance == 10_070
    assert wallet_follows_its_records(exchange)
    told = [event for event in exchange.drain_events() if isinstance(event, BalanceUpdated)]
    assert {event.reason for event in told} == {UpdateReason.TRANSFER}


@pytest.mark.parametrize(
    ("asset", "amount", "wallet", "reason"),
    [
        ("USDT", "-10001", SPOT, RejectReason.INSUFFICIENT_BALANCE),
        ("USDT", "-10001", FUTURES, RejectReason.INSUFFICIENT_BALANCE),
        ("BTC", "1", FUTURES, RejectReason.UNKNOWN_ASSET),
        ("GOLD", "1", SPOT, RejectReason.UNKNOWN_ASSET),
        ("USDT", "0", SPOT, RejectReason.INVALID_AMOUNT),
    ],
)
def test_a_transfer_that_cannot_be_changes_nothing(
    still_exchange: Build, asset: str, amount: str, wallet: Market, reason: RejectReason
) -> None:
    exchange = still_exchange()
    before = exchange.account("alice")
    with pytest.raises(Rejected) as caught:
        exchange.transfer_from_outside("alice", asset, Decimal(amount), wallet)
    assert caught.value.reason is reason
    assert exchange.account("alice") == before


def test_a_commanded_liquidation_closes_into_the_book_with_a_fee(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(FUTURES, BUY, "3"))
    resting = exchange.submit("alice", order(FUTURES, SELL, "1", "100.5")).order
    depth_before = exchange.book(FUTURES, "BTCUSDT").bids
    exchange.drain_events()
    exchange.liquidate("alice", "BTCUSDT")
    assert held(exchange) == 0
    assert exchange.order("alice", FUTURES, "BTCUSDT", order_id=resting.order_id).status is OrderStatus.CANCELED
    closing = [fill for fill in exchange.trades("alice", FUTURES) if fill.origin is Origin.LIQUIDATION]
    assert sum(fill.quantity for fill in closing) == 3
    assert all(fill.client_order_id.startswith("autoclose-") for fill in closing)
    depth_after = exchange.book(FUTURES, "BTCUSDT").bids
    assert sum(q for _, q in depth_before) - sum(q for _, q in depth_after) == 3
    assert wallet_follows_its_records(exchange)
    assert any(isinstance(event, OrderLiquidated) for event in exchange.drain_events())


@pytest.mark.parametrize("side", Side)
def test_deleveraging_reduces_a_position_at_the_mark_and_leaves_the_book_alone(
    still_exchange: Build, order: Order, side: Side
) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(FUTURES, side, "4"))
    exchange.submit("alice", order(FUTURES, side.opposite, "4", "100.5" if side is BUY else "99.5", reduce_only=True))
    before = exchange.book(FUTURES, "BTCUSDT")
    exchange.drain_events()
    exchange.deleverage("alice", "BTCUSDT", quantity=Decimal(1))
    assert held(exchange) == side.sign * 3
    (fill,) = [fill for fill in exchange.trades("alice", FUTURES) if fill.origin is Origin.ADL]
    mark = exchange.mark("BTCUSDT").mark
    assert (fill.client_order_id, fill.quantity, fill.price) == ("adl_autoclose", 1, round(mark, 2))
    (resting,) = exchange.open_orders("alice", FUTURES)
    assert resting.remaining_quantity == 3
    after = exchange.book(FUTURES, "BTCUSDT")
    changed = {*before.bids, *before.asks} ^ {*after.bids, *after.asks}
    assert {price for price, _ in changed} == {resting.price}
    updates = [event for event in exchange.drain_events() if isinstance(event, OrderUpdated)]
    assert [event.order.status for event in updates[:2]] == [OrderStatus.NEW, OrderStatus.FILLED]
    assert wallet_follows_its_records(exchange)
    exchange.deleverage("alice", "BTCUSDT", share=Decimal(1))
    assert held(exchange) == 0
    assert not exchange.open_orders("alice", FUTURES)


def test_nothing_is_closed_where_nothing_is_held(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    for close in (exchange.liquidate, exchange.deleverage):
        with pytest.raises(Rejected) as caught:
            close("alice", "BTCUSDT")
        assert caught.value.reason is RejectReason.NO_POSITION
    exchange.submit("alice", order(FUTURES, BUY, "2"))
    for quantity in ("2.001", "0.0005"):
        with pytest.raises(Rejected) as caught:
            exchange.deleverage("alice", "BTCUSDT", quantity=Decimal(quantity))
        assert caught.value.reason is RejectReason.INVALID_AMOUNT
    assert held(exchange) == 2
