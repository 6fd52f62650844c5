"""One wallet for spot and futures: what each may use, what the other leaves, and money that is nowhere made or lost."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.config import AccountConfig, FeeSchedule
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, Side
from poise_simulator.domain.rejections import Rejected, RejectReason

SPOT, FUTURES = Market.SPOT, Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL
FREE_OF_FEES = FeeSchedule(Decimal(0), Decimal(0))
LAG_MS = 700

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]
Step = tuple[str, Market, Side, int]

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["trade", "rest", "cancel", "transfer", "liquidate", "wait"]),
        st.sampled_from(list(Market)),
        st.sampled_from([BUY, SELL]),
        st.integers(1, 40),
    ),
    max_size=20,
)


def unified(still_exchange: Build, usdt: int = 10_000, btc: int = 0, **changes: object) -> Exchange:
    holdings = {"USDT": Decimal(usdt), "BTC": Decimal(btc)}
    accounts = tuple(AccountConfig(name, holdings, Decimal(0), is_unified=True) for name in ("alice", "bob"))
    return still_exchange(accounts=accounts, **changes)


def act(exchange: Exchange, order: Order, step: Step) -> None:
    kind, market, side, quantity = step
    if kind == "trade":
        exchange.submit("alice", order(market, side, str(quantity)))
    elif kind == "rest":
        exchange.submit("alice", order(market, side, str(quantity), "99.5" if side is BUY else "100.5"))
    elif kind == "cancel":
        exchange.cancel_all("alice", market, "BTCUSDT")
    elif kind == "transfer":
        exchange.transfer_from_outside("alice", "USDT", Decimal(side.sign * quantity), market)
    elif kind == "liquidate":
        exchange.liquidate("alice", "BTCUSDT")
    else:
        exchange.advance(exchange.now_ms + 1_000)


def usdt_of(exchange: Exchange, account_id: str = "alice") -> tuple[Decimal, Decimal]:
    held = exchange.account(account_id).spot["USDT"]
    return held.free, held.locked


@given(steps=STEPS)
def test_the_one_balance_changes_by_trades_fees_and_records_and_nothing_else(
    steps: list[Step], still_exchange: Build, order: Order
) -> None:
    exchange = unified(still_exchange, btc=50)
    for step in steps:
        with suppress(Rejected):
            act(exchange, order, step)
    expected = {"USDT": Decimal(10_000), "BTC": Decimal(50)}
    for fill in exchange.trades("alice", SPOT, limit=1_000):
        expected["BTC"] += fill.side.sign * fill.quantity
        expected["USDT"] -= fill.side.sign * fill.quote_quantity
        expected[fill.commission_asset] -= fill.commission
    expected["USDT"] += sum((record.amount for record in exchange.income("alice", limit=1_000)), Decimal(0))
    account = exchange.account("alice")
    assert {asset: held.free + held.locked for asset, held in account.spot.items()} == expected
    assert account.futures.wallet_balance == expected["USDT"]
    resting = [o for o in exchange.open_orders("alice", SPOT) if o.side is BUY]
    assert usdt_of(exchange)[1] == sum((o.remaining_quantity * o.price for o in resting), Decimal(0))


@given(steps=STEPS)
def test_a_late_reading_of_the_one_balance_is_what_an_earlier_one_was(
    steps: list[Step], still_exchange: Build, order: Order
) -> None:
    exchange = unified(still_exchange, btc=50)
    for step in steps:
        with suppress(Rejected):
            act(exchange, order, step)
    earlier = exchange.account("alice")
    exchange.advance(exchange.now_ms + LAG_MS)
    for step in steps:
        with suppress(Rejected):
            if step[0] != "wait":
                act(exchange, order, step)
    late = exchange.lagging(LAG_MS).account("alice")
    assert late.spot == earlier.spot
    assert late.futures.wallet_balance == earlier.futures.wallet_balance


def test_what_a_spot_order_locks_no_position_may_use(still_exchange: Build, order: Order) -> None:
    # 10,000 USDT less 60 bought at 99.5 leaves 4,030: at 20x enough for 80,600 of notional, 806 at 100.
    exchange = unified(still_exchange, futures_fees=FREE_OF_FEES)
    assert exchange.account("alice").futures.available_balance == 10_000
    exchange.submit("alice", order(SPOT, BUY, "60", "99.5"))
    assert usdt_of(exchange) == (Decimal("4030.0"), Decimal("5970.0"))
    assert exchange.account("alice").futures.available_balance == Decimal(4_030)
    with pytest.raises(Rejected) as refused:
        exchange.submit("alice", order(FUTURES, BUY, "900", "99.5"))
    assert refused.value.reason is RejectReason.INSUFFICIENT_MARGIN
    exchange.submit("alice", order(FUTURES, BUY, "700", "99.5"))


def test_what_margins_a_position_no_spot_order_may_spend(still_exchange: Build, order: Order) -> None:
    # 1,000 short at 20x holds 1,000 x 100 / 20 = 5,000 of the 10,000; the still mark is 100.
    exchange = unified(still_exchange, futures_fees=FREE_OF_FEES)
    exchange.submit("alice", order(FUTURES, SELL, "1000", "100.5"))
    free, locked = usdt_of(exchange)
    assert (free, locked) == (10_000, 0)
    left = exchange.account("alice").futures.available_balance
    assert left == Decimal(10_000) - Decimal(1000) * Decimal("100.5") / 20
    with pytest.raises(Rejected) as refused:
        exchange.submit("alice", order(SPOT, BUY, "50", "99.9"))
    assert refused.value.reason is RejectReason.INSUFFICIENT_BALANCE
    exchange.submit("alice", order(SPOT, BUY, "49", "99.9"))


def test_a_loss_that_eats_into_locked_cash_takes_the_orders_that_locked_it(still_exchange: Build, order: Order) -> None:
    # Bought 1 at 101 and sold at 99: 2 lost, and 5 % of 200 in fees; 8 of 20 are left, where 11.94 are locked.
    exchange = unified(still_exchange, usdt=20, futures_fees=FeeSchedule(taker=Decimal("0.05")))
    exchange.set_leverage("alice", "BTCUSDT", 50)
    exchange.submit("alice", order(FUTURES, BUY, "1"))
    exchange.submit("alice", order(SPOT, BUY, "0.12", "99.5"))
    exchange.submit("alice", order(FUTURES, SELL, "1", reduce_only=True))
    assert usdt_of(exchange) == (Decimal("-3.94"), Decimal("11.94"))
    exchange.advance(exchange.now_ms + 1_000)
    assert usdt_of(exchange) == (8, 0)


def test_an_account_with_two_wallets_keeps_them_apart(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(SPOT, BUY, "60", "99.5"))
    assert exchange.account("alice").futures.available_balance == 10_000
    with pytest.raises(Rejected):
        exchange.transfer("alice", "USDT", Decimal(20_000), SPOT, FUTURES)


def test_a_unified_account_has_no_wallets_to_move_funds_between(still_exchange: Build) -> None:
    with pytest.raises(Rejected) as refused:
        unified(still_exchange).transfer("alice", "USDT", Decimal(1), SPOT, FUTURES)
    assert refused.value.reason is RejectReason.UNKNOWN_ASSET


def test_a_countdown_for_all_orders_ends_those_of_both_markets_unless_renewed(
    still_exchange: Build, order: Order
) -> None:
    exchange = unified(still_exchange)
    exchange.submit("alice", order(SPOT, BUY, "1", "99.5"))
    exchange.submit("alice", order(FUTURES, BUY, "1", "99.5"))
    exchange.cancel_all_after("alice", None, 10_000)
    exchange.advance(exchange.now_ms + 9_000)
    exchange.cancel_all_after("alice", None, 10_000)
    exchange.advance(exchange.now_ms + 9_900)
    assert [len(exchange.open_orders("alice", market)) for market in Market] == [1, 1]
    exchange.advance(exchange.now_ms + 200)
    assert [exchange.open_orders("alice", market) for market in Market] == [[], []]
    assert usdt_of(exchange)[1] == 0
