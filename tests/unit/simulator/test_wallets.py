"""What fills do to accounts: conservation, commissions, P&L worked by hand."""

from collections.abc import Callable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.config import FeeSchedule
from poise_simulator.domain.events import BalanceUpdated, OrderUpdated, PositionUpdated
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Fill, OrderRequest, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected
from poise_simulator.domain.wallets import OpenPosition

SPOT, FUTURES = Market.SPOT, Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]

TRADES = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bob"]),
        st.sampled_from([BUY, SELL]),
        st.integers(100, 5_000),
        st.one_of(st.none(), st.integers(9_700, 10_300)),
        st.sampled_from(list(TimeInForce)),
    ),
    max_size=25,
)


def trade_all(exchange: Exchange, market: Market, trades: list[tuple[object, ...]], order: Order) -> list[Fill]:
    for account_id, side, lots, ticks, time_in_force in trades:
        price = None if ticks is None else str(Decimal(int(str(ticks))) / 100)
        quantity = str(Decimal(int(str(lots))) / 1_000)
        try:
            exchange.submit(str(account_id), order(market, side, quantity, price, time_in_force=time_in_force))
        except Rejected:
            continue
    return [*exchange.trades("alice", market), *exchange.trades("bob", market)]


@given(trades=TRADES)
def test_spot_balances_change_by_fills_less_commissions_and_nothing_else(
    trades: list[tuple[object, ...]], still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    fills = trade_all(exchange, SPOT, trades, order)
    for account_id in ("alice", "bob"):
        expected = {"USDT": Decimal(10_000), "BTC": Decimal(100)}
        for fill in (fill for fill in fills if fill.account_id == account_id):
            expected["BTC"] += fill.side.sign * fill.quantity
            expected["USDT"] -= fill.side.sign * fill.price * fill.quantity
            expected[fill.commission_asset] -= fill.commission
        held = exchange.account(account_id).spot
        assert {asset: held[asset].free + held[asset].locked for asset in expected} == expected
        opened = exchange.open_orders(account_id, SPOT)
        locked_quote = sum((o.remaining_quantity * o.price for o in opened if o.side is BUY), Decimal(0))
        locked_base = sum((o.remaining_quantity for o in opened if o.side is SELL), Decimal(0))
        assert (held["USDT"].locked, held["BTC"].locked) == (locked_quote, locked_base)


@given(trades=TRADES)
def test_both_sides_of_every_trade_agree_and_orders_sum_their_fills(
    trades: list[tuple[object, ...]], still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    fills = trade_all(exchange, FUTURES, trades, order)
    public = {trade.trade_id: trade for trade in exchange.recent_trades(FUTURES, "BTCUSDT", 1_000)}
    for fill in fills:
        trade = public[fill.trade_id]
        assert (fill.price, fill.quantity) == (trade.price, trade.quantity)
        assert fill.is_maker is ((fill.side is BUY) is trade.buyer_is_maker)
    for account_id in ("alice", "bob"):
        for held in exchange.all_orders(account_id, FUTURES, "BTCUSDT"):
            own = [fill for fill in fills if fill.order_id == held.order_id]
            assert sum((fill.quantity for fill in own), Decimal(0)) == held.executed_quantity
            assert sum((fill.quote_quantity for fill in own), Decimal(0)) == held.executed_quote


@given(trades=TRADES)
def test_a_perpetual_wallet_is_the_sum_of_its_income_and_a_flat_one_of_its_cash_flows(
    trades: list[tuple[object, ...]], still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    trade_all(exchange, FUTURES, trades, order)
    for account_id in ("alice", "bob"):
        exchange.cancel_all(account_id, FUTURES, "BTCUSDT")
        for position in exchange.account(account_id).futures.positions.values():
            side = SELL if position.quantity > 0 else BUY
            exchange.submit(account_id, order(FUTURES, side, str(abs(position.quantity)), reduce_only=True))
        exchange.cancel_all(account_id, FUTURES, "BTCUSDT")
    for account_id in ("alice", "bob"):
        wallet = exchange.account(account_id).futures
        records = exchange.income(account_id, limit=10_000)
        assert wallet.wallet_balance == sum(record.amount for record in records)
        assert len({record.income_id for record in records}) == len(records)
        if not wallet.positions:
            fills = exchange.trades(account_id, FUTURES, limit=10_000)
            flows = sum((-f.side.sign * f.price * f.quantity - f.commission for f in fills), Decimal(0))
            assert wallet.wallet_balance == 10_000 + flows


@given(st.lists(st.tuples(st.integers(-900, 900).filter(bool), st.integers(9_000, 11_000)), min_size=1, max_size=20))
def test_realised_and_unrealised_pnl_are_the_cash_flows_marked_to_market(
    trades: list[tuple[int, int]],
) -> None:
    position, realised, cash = OpenPosition(), Decimal(0), Decimal(0)
    for lots, ticks in trades:
        quantity, price = Decimal(lots) / 1_000, Decimal(ticks) / 100
        realised += position.apply(quantity, price, 0)
        cash -= quantity * price
    mark = Decimal("101.37")
    assert realised + position.unrealised_pnl(mark) == cash + position.quantity * mark


def test_spot_commission_is_taken_from_what_is_received(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(spot={"USDT": Decimal(1_000), "BTC": Decimal(10)})
    exchange.submit("bob", order(SPOT, SELL, "2", "100"))
    bought = exchange.submit("alice", order(SPOT, BUY, "2", "100")).fills[0]
    assert (bought.commission, bought.commission_asset) == (Decimal("0.001"), "BTC")
    assert not bought.is_maker
    sold = exchange.trades("bob", SPOT)[0]
    assert (sold.commission, sold.commission_asset) == (Decimal("0.04"), "USDT")
    assert sold.is_maker
    alice, bob = exchange.account("alice").spot, exchange.account("bob").spot
    assert (alice["BTC"].free, alice["USDT"].free) == (Decimal("11.999"), Decimal(800))
    assert (bob["BTC"].free, bob["USDT"].free) == (Decimal(8), Decimal("1199.96"))


def test_a_better_price_than_the_limit_gives_the_difference_back(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(SPOT, SELL, "1", "100"))
    exchange.submit("alice", order(SPOT, BUY, "2", "100.5"))
    usdt = exchange.account("alice").spot["USDT"]
    assert (usdt.free, usdt.locked) == (Decimal("9799.5"), Decimal("100.5"))
    exchange.cancel_all("alice", SPOT, "BTCUSDT")
    usdt = exchange.account("alice").spot["USDT"]
    assert (usdt.free, usdt.locked) == (Decimal(9_900), Decimal(0))


def test_pnl_of_a_short_built_reduced_and_flipped_is_as_worked_by_hand(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(futures_fees=FeeSchedule(Decimal(0), Decimal(0)))
    for side, quantity, price, realised, entry in (
        (SELL, "2", "100", "0", "100"),
        (SELL, "2", "100.6", "0", "100.3"),
        (BUY, "1", "99.3", "1", "100.3"),
        (BUY, "5", "100.8", "-1.5", "100.8"),
        (SELL, "2", "100.5", "-0.6", "0"),
    ):
        other = order(FUTURES, side.opposite, quantity, price)
        exchange.submit("bob", other)
        fill = exchange.submit("alice", order(FUTURES, side, quantity)).fills[0]
        assert fill.realised_pnl == Decimal(realised)
        position = exchange.account("alice").futures.positions.get("BTCUSDT")
        assert (position.entry_price if position else Decimal(0)) == Decimal(entry)
    assert exchange.account("alice").futures.wallet_balance == Decimal("9998.9")


def test_margins_are_as_worked_by_hand(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.set_leverage("alice", "BTCUSDT", 10)
    exchange.submit("bob", order(FUTURES, SELL, "20", "100.5"))
    exchange.submit("alice", order(FUTURES, BUY, "20"))
    exchange.submit("alice", order(FUTURES, BUY, "10", "99.5"))
    futures = exchange.account("alice").futures
    position = futures.positions["BTCUSDT"]
    commission = Decimal(2010) * Decimal("0.0005")
    assert position.unrealised_pnl == Decimal(-10)
    assert futures.wallet_balance == 10_000 - commission
    assert futures.margin_balance == 10_000 - commission - 10
    assert position.initial_margin == Decimal(200)
    assert position.open_order_initial_margin == Decimal("99.5")
    assert position.maintenance_margin == Decimal(20)
    assert futures.available_balance == futures.margin_balance - Decimal("299.5")


def test_an_order_that_reduces_needs_no_margin(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(futures_wallet=Decimal(60))
    exchange.submit("bob", order(FUTURES, SELL, "10", "100"))
    exchange.submit("alice", order(FUTURES, BUY, "10"))
    exchange.transfer("alice", "USDT", exchange.account("alice").futures.available_balance, FUTURES, SPOT)
    assert exchange.account("alice").futures.available_balance == 0
    exchange.submit("alice", order(FUTURES, SELL, "10", "100"))
    assert len(exchange.open_orders("alice", FUTURES)) == 1


def test_every_change_is_told_and_ends_where_the_account_ends(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.drain_events()
    for market in (SPOT, FUTURES):
        exchange.submit("bob", order(market, SELL, "1", "100"))
        exchange.submit("alice", order(market, BUY, "2", "100"))
        exchange.cancel_all("alice", market, "BTCUSDT")
    events = [event for event in exchange.drain_events() if getattr(event, "account_id", "") == "alice"]
    told = {(e.market, e.asset): (e.free, e.locked) for e in events if isinstance(e, BalanceUpdated)}
    account = exchange.account("alice")
    assert told == {
        (SPOT, "BTC"): (account.spot["BTC"].free, account.spot["BTC"].locked),
        (SPOT, "USDT"): (account.spot["USDT"].free, account.spot["USDT"].locked),
        (FUTURES, "USDT"): (account.futures.wallet_balance, Decimal(0)),
    }
    executions = [(e.order.market, str(e.execution)) for e in events if isinstance(e, OrderUpdated)]
    assert executions == [(m, x) for m in (SPOT, FUTURES) for x in ("new", "trade", "canceled")]
    positions = [e.position.quantity for e in events if isinstance(e, PositionUpdated)]
    assert positions == [Decimal(1)]


def test_transfers_move_what_is_free(still_exchange: Build) -> None:
    exchange = still_exchange()
    exchange.transfer("alice", "USDT", Decimal(4_000), SPOT, FUTURES)
    account = exchange.account("alice")
    assert (account.spot["USDT"].free, account.futures.wallet_balance) == (Decimal(6_000), Decimal(14_000))
    assert [r.amount for r in exchange.income("alice") if r.type is IncomeType.TRANSFER] == [10_000, 4_000]
