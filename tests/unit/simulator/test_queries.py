"""What accounts and the public can look up, page by page."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from poise_simulator.domain.config import AccountConfig, ExchangeConfig
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.orders import OrderRequest, Side
from poise_simulator.domain.rejections import Rejected, RejectReason

SPOT, FUTURES = Market.SPOT, Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


@pytest.fixture
def traded(still_exchange: Build, order: Order) -> Exchange:
    """Six trades, a second apart, alice buying from bob; spot and perpetual in turn."""
    exchange = still_exchange()
    for number in range(6):
        market = SPOT if number % 2 else FUTURES
        exchange.submit("bob", order(market, SELL, "1", "100", client_order_id=f"b{number}"))
        exchange.submit("alice", order(market, BUY, "1", client_order_id=f"a{number}"))
        exchange.advance(exchange.now_ms + 1_000)
    return exchange


def test_trades_come_from_an_id_a_time_or_the_end(traded: Exchange) -> None:
    everything = traded.trades("alice", SPOT, "BTCUSDT")
    assert [fill.client_order_id for fill in everything] == ["a1", "a3", "a5"]
    assert traded.trades("alice", SPOT, limit=2) == everything[1:]
    assert traded.trades("alice", SPOT, from_id=everything[1].trade_id, limit=1) == everything[1:2]
    assert traded.trades("alice", SPOT, start_ms=everything[1].time_ms) == everything[1:]
    assert traded.trades("alice", SPOT, end_ms=everything[1].time_ms) == everything[:2]
    assert traded.trades("alice", SPOT, order_id=everything[2].order_id) == everything[2:]


def test_public_trades_are_the_same_trades(traded: Exchange) -> None:
    tape = traded.recent_trades(SPOT, "BTCUSDT")
    fills = traded.trades("bob", SPOT)
    assert [(t.trade_id, t.price, t.quantity, t.time_ms) for t in tape] == [
        (f.trade_id, f.price, f.quantity, f.time_ms) for f in fills
    ]
    assert not any(t.buyer_is_maker for t in tape)
    assert traded.agg_trades(SPOT, "BTCUSDT", from_id=tape[1].trade_id) == tape[1:]
    assert traded.agg_trades(SPOT, "BTCUSDT", start_ms=tape[0].time_ms, end_ms=tape[1].time_ms) == tape[:2]
    assert traded.recent_trades(SPOT, "BTCUSDT", limit=1) == tape[2:]


def test_orders_of_any_state_are_listed_oldest_first(traded: Exchange) -> None:
    orders = traded.all_orders("bob", FUTURES, "BTCUSDT")
    assert [o.client_order_id for o in orders] == ["b0", "b2", "b4"]
    assert traded.all_orders("bob", FUTURES, "BTCUSDT", from_order_id=orders[1].order_id) == orders[1:]
    assert traded.all_orders("bob", FUTURES, "BTCUSDT", limit=1) == orders[2:]


def test_the_ledger_counts_what_the_venue_saw(traded: Exchange) -> None:
    count = traded.ledger_count("alice")
    assert (count.orders, count.rejected, count.fills) == (6, 0, 6)
    assert count.fills_by_client_order_id == {f"a{number}": 1 for number in range(6)}
    assert list(traded.account_ids()) == ["alice", "bob"]


def test_income_is_paged_by_symbol_and_time(traded: Exchange) -> None:
    assert [record.symbol for record in traded.income("alice")] == ["", *["BTCUSDT"] * 3]
    assert len(traded.income("alice", symbol="BTCUSDT", limit=2)) == 2
    last = traded.income("alice")[-1]
    assert traded.income("alice", start_ms=last.time_ms) == [last]


def test_the_ticker_shows_the_last_trade_and_the_touch(traded: Exchange) -> None:
    (ticker,) = traded.tickers_24h(SPOT)
    book = traded.book(SPOT, "BTCUSDT", 1)
    assert (ticker.last, ticker.last_quantity) == (Decimal(100), Decimal(1))
    assert (ticker.bid, ticker.ask) == (book.bids[0][0], book.asks[0][0])
    assert ticker.last_trade_id == traded.recent_trades(SPOT, "BTCUSDT")[-1].trade_id


def test_a_sale_may_be_sized_in_quote(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(SPOT, BUY, "5", "100"))
    result = exchange.submit("alice", order(SPOT, SELL, None, quote_quantity=Decimal("250.05")))
    assert result.order.executed_quote == Decimal(250)


def test_a_quote_amount_below_one_step_is_refused(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    with pytest.raises(Rejected) as caught:
        exchange.submit("alice", order(SPOT, BUY, None, quote_quantity=Decimal("0.01")))
    assert caught.value.reason is RejectReason.MIN_NOTIONAL


@pytest.mark.parametrize(
    ("asset", "amount", "reason"),
    [
        ("USDT", "10001", RejectReason.INSUFFICIENT_BALANCE),
        ("USDT", "0", RejectReason.INVALID_AMOUNT),
        ("USDT", "-1", RejectReason.INVALID_AMOUNT),
        ("USDT", "Infinity", RejectReason.INVALID_AMOUNT),
        ("BTC", "1", RejectReason.UNKNOWN_ASSET),
    ],
)
def test_a_transfer_that_cannot_be_is_refused(
    asset: str, amount: str, reason: RejectReason, still_exchange: Build
) -> None:
    exchange = still_exchange()
    before = exchange.account("alice")
    with pytest.raises(Rejected) as caught:
        exchange.transfer("alice", asset, Decimal(amount), SPOT, FUTURES)
    assert caught.value.reason is reason
    assert exchange.account("alice") == before


def test_instruments_say_their_rules(still_exchange: Build) -> None:
    instruments = still_exchange().instruments
    spot, perpetual = instruments[SPOT, "BTCUSDT"], instruments[FUTURES, "BTCUSDT"]
    assert (spot.base, spot.quote, spot.status) == ("BTC", "USDT", TradingStatus.TRADING)
    assert spot.leverage_brackets == ()
    assert perpetual.leverage_brackets[0].max_leverage == 50
    assert (perpetual.taker_fee_rate, perpetual.maker_fee_rate) == (Decimal("0.0005"), Decimal("0.0002"))
    assert spot.ticks_of(Decimal("100.01")) == 10_001
    assert spot.ticks_of(Decimal("100.011")) is None
    assert spot.price_of(10_001) == Decimal("100.01")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("step_ms", 300),
        ("step_ms", 0),
        ("funding_interval_s", 0),
        ("book_updates_per_s", 11.0),
        ("book_levels", 2),
        ("history_days", 0),
        ("default_leverage", 0),
        ("accounts", (AccountConfig("a"), AccountConfig("a"))),
    ],
)
def test_a_config_that_cannot_work_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"^{field} .*must be"):
        ExchangeConfig(**{field: value})  # type: ignore[arg-type]  # wrong values are the point
