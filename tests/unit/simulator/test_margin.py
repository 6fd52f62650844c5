"""Margins by bracket, and liquidation where they end."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.catalog import brackets_up_to
from poise_simulator.domain.events import OrderLiquidated
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.margin import liquidation_price, maintenance_margin, margin_exposure, max_notional
from poise_simulator.domain.orders import OrderRequest, OrderStatus, Side
from poise_simulator.domain.rejections import Rejected, RejectReason

FUTURES = Market.FUTURES
BRACKETS = brackets_up_to(50)

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


@pytest.mark.parametrize(
    ("notional", "maintenance"),
    [("0", "0"), ("1000", "10"), ("3000000", "30000"), ("4000000", "55000"), ("12000000", "255000")],
)
def test_maintenance_follows_the_brackets(notional: str, maintenance: str) -> None:
    assert maintenance_margin(BRACKETS, Decimal(notional)) == Decimal(maintenance)


@given(st.integers(1, 10**9), st.integers(1, 10**7))
def test_maintenance_grows_without_jumps(notional: int, more: int) -> None:
    low = maintenance_margin(BRACKETS, Decimal(notional))
    high = maintenance_margin(BRACKETS, Decimal(notional + more))
    assert 0 < high - low <= Decimal(more) / 2


def test_leverage_bounds_the_notional() -> None:
    assert max_notional(BRACKETS, 50) == 3_000_000
    assert max_notional(BRACKETS, 20) == 12_000_000
    assert max_notional(BRACKETS, 51) == 0


def test_open_orders_need_margin_for_the_worse_side_only() -> None:
    long, buys, sells = Decimal(1_000), Decimal(300), Decimal(2_500)
    assert margin_exposure(long, buys, sells) == 1_500
    assert margin_exposure(long, buys, Decimal(1_000)) == 1_300
    assert margin_exposure(long, Decimal(0), Decimal(500)) == 1_000


@given(
    quantity=st.integers(-900, 900).filter(bool),
    balance=st.integers(1_000, 30_000),
    others=st.integers(0, 500),
)
def test_at_the_liquidation_price_the_margin_is_the_maintenance(quantity: int, balance: int, others: int) -> None:
    mark, held = Decimal(100), Decimal(quantity)
    own = maintenance_margin(BRACKETS, abs(held) * mark)
    price = liquidation_price(
        BRACKETS, quantity=held, mark=mark, margin_balance=Decimal(balance), maintenance_total=own + others
    )
    if price == 0:
        assert balance - held * mark >= others
        return
    then_balance = balance + held * (price - mark)
    then_maintenance = maintenance_margin(BRACKETS, abs(held) * price) + others
    assert then_balance - then_maintenance == pytest.approx(Decimal(0), abs=Decimal("0.000001"))


def fall(exchange: Exchange, share: Decimal) -> None:
    """Let the index price fall (the market of these tests stands still by itself)."""
    prices = exchange._venue.market._prices
    prices._start = prices._start * float(1 - share)


def open_long(exchange: Exchange, order: Order, quantity: str) -> None:
    exchange.submit("bob", order(FUTURES, Side.SELL, quantity, "100"))
    exchange.submit("alice", order(FUTURES, Side.BUY, quantity))


def test_an_account_above_its_maintenance_is_left_alone(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(futures_wallet=Decimal(1_000))
    open_long(exchange, order, "100")
    alice = exchange.account("alice").futures
    position = alice.positions["BTCUSDT"]
    to_liquidation = 1 - position.liquidation_price / position.mark
    fall(exchange, to_liquidation - Decimal("0.002"))
    exchange.advance(exchange.now_ms + 300_000)
    assert exchange.account("alice").futures.positions["BTCUSDT"].quantity == 100
    futures = exchange.account("alice").futures
    assert futures.margin_balance > futures.maintenance_margin


def test_an_account_at_its_maintenance_is_closed_with_a_fee(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(futures_wallet=Decimal(1_000))
    open_long(exchange, order, "100")
    resting = exchange.submit("alice", order(FUTURES, Side.SELL, "1", "104")).order
    position = exchange.account("alice").futures.positions["BTCUSDT"]
    fall(exchange, 1 - position.liquidation_price / position.mark + Decimal("0.002"))
    exchange.drain_events()
    exchange.advance(exchange.now_ms + 300_000)
    liquidated = [event for event in exchange.drain_events() if isinstance(event, OrderLiquidated)]
    assert [(e.account_id, e.side, e.quantity) for e in liquidated] == [("alice", Side.SELL, Decimal(100))]
    assert liquidated[0].mark <= position.liquidation_price
    futures = exchange.account("alice").futures
    assert futures.positions == {}
    assert exchange.order("alice", FUTURES, "BTCUSDT", order_id=resting.order_id).status is OrderStatus.CANCELED
    closing = [fill for fill in exchange.trades("alice", FUTURES) if fill.side is Side.SELL]
    assert sum(fill.quantity for fill in closing) == 100
    assert all(fill.client_order_id.startswith("autoclose-") for fill in closing)
    records = exchange.income("alice", limit=1_000)
    fees = sum(r.amount for r in records if r.type is IncomeType.LIQUIDATION_FEE)
    assert fees == -sum(fill.quote_quantity for fill in closing) * Decimal("0.0125")
    assert futures.wallet_balance == sum(r.amount for r in records) >= 0


def test_a_bankrupt_account_is_cleared_to_zero(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(futures_wallet=Decimal(600))
    open_long(exchange, order, "100")
    fall(exchange, Decimal("0.20"))
    exchange.advance(exchange.now_ms + 300_000)
    records = exchange.income("alice", limit=1_000)
    assert [r.amount > 0 for r in records if r.type is IncomeType.INSURANCE_CLEAR] == [True]
    assert exchange.account("alice").futures.wallet_balance == 0 == sum(r.amount for r in records)


def test_leverage_is_bounded_by_brackets_and_margin(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(futures_wallet=Decimal(1_000))
    assert exchange.leverage("alice", "BTCUSDT") == 20
    for leverage in (0, 51):
        with pytest.raises(Rejected) as caught:
            exchange.set_leverage("alice", "BTCUSDT", leverage)
        assert caught.value.reason is RejectReason.MAX_LEVERAGE
    open_long(exchange, order, "50")
    with pytest.raises(Rejected) as caught:
        exchange.set_leverage("alice", "BTCUSDT", 2)
    assert caught.value.reason is RejectReason.INSUFFICIENT_MARGIN
    assert exchange.set_leverage("alice", "BTCUSDT", 10) == 10
    assert exchange.account("alice").futures.positions["BTCUSDT"].initial_margin == 500


def test_only_cross_margin_and_one_way_positions_exist(still_exchange: Build) -> None:
    exchange = still_exchange()
    exchange.set_margin_type("alice", "BTCUSDT", is_cross=True)
    exchange.set_position_mode("alice", is_hedged=False)
    with pytest.raises(Rejected) as caught:
        exchange.set_margin_type("alice", "BTCUSDT", is_cross=False)
    assert caught.value.reason is RejectReason.UNSUPPORTED_MARGIN_TYPE
    with pytest.raises(Rejected) as caught:
        exchange.set_position_mode("alice", is_hedged=True)
    assert caught.value.reason is RejectReason.UNSUPPORTED_POSITION_MODE
