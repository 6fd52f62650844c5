"""Order types and the checks before them, on a book that stands still."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderStatus, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected, RejectReason

SPOT, FUTURES = Market.SPOT, Market.FUTURES
BUY, SELL = Side.BUY, Side.SELL
MARKETS = pytest.mark.parametrize("market", [SPOT, FUTURES])

Build = Callable[..., Exchange]
Order = Callable[..., OrderRequest]


def reason_of(exchange: Exchange, request: OrderRequest, account_id: str = "alice") -> RejectReason:
    before = (exchange.account(account_id), exchange.book(request.market, "BTCUSDT"))
    exchange.drain_events()
    with pytest.raises(Rejected) as caught:
        exchange.submit(account_id, request)
    assert (exchange.account(account_id), exchange.book(request.market, "BTCUSDT")) == before
    assert exchange.drain_events() == []
    return caught.value.reason


@MARKETS
def test_a_limit_order_rests_until_someone_takes_it(market: Market, still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    resting = exchange.submit("alice", order(market, BUY, "2", "100")).order
    assert resting.status is OrderStatus.NEW
    taken = exchange.submit("bob", order(market, SELL, "0.5", "99.5"))
    assert taken.order.status is OrderStatus.FILLED
    assert [(fill.price, fill.quantity) for fill in taken.fills] == [(Decimal(100), Decimal("0.5"))]
    half = exchange.order("alice", market, "BTCUSDT", order_id=resting.order_id)
    assert (half.status, half.executed_quantity) == (OrderStatus.PARTIALLY_FILLED, Decimal("0.5"))
    exchange.submit("bob", order(market, SELL, "1.5"))
    done = exchange.order("alice", market, "BTCUSDT", order_id=resting.order_id)
    assert (done.status, done.average_price) == (OrderStatus.FILLED, Decimal(100))
    assert exchange.open_orders("alice", market) == []


@MARKETS
def test_an_ioc_takes_what_is_there_and_expires(market: Market, still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(market, SELL, "1", "100"))
    result = exchange.submit("alice", order(market, BUY, "3", "100", time_in_force=TimeInForce.IOC))
    assert (result.order.status, result.order.executed_quantity) == (OrderStatus.EXPIRED, Decimal(1))
    assert exchange.open_orders("alice", market) == []


@pytest.mark.parametrize(("wanted", "filled"), [("3", "3"), ("3.001", "0")])
@MARKETS
def test_a_fok_fills_whole_or_not_at_all(
    market: Market, wanted: str, filled: str, still_exchange: Build, order: Order
) -> None:
    exchange = still_exchange()
    for price in ("100", "100.1", "100.2"):
        exchange.submit("bob", order(market, SELL, "1", price))
    result = exchange.submit("alice", order(market, BUY, wanted, "100.2", time_in_force=TimeInForce.FOK))
    assert result.order.executed_quantity == Decimal(filled)
    assert result.order.status is (OrderStatus.FILLED if filled == wanted else OrderStatus.EXPIRED)


@MARKETS
def test_a_post_only_order_never_takes(market: Market, still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(market, SELL, "1", "100"))
    crossing = order(market, BUY, "1", "100", time_in_force=TimeInForce.POST_ONLY)
    assert reason_of(exchange, crossing) is RejectReason.POST_ONLY_WOULD_TAKE
    resting = exchange.submit("alice", order(market, BUY, "1", "99.99", time_in_force=TimeInForce.POST_ONLY))
    assert (resting.order.status, resting.fills) == (OrderStatus.NEW, ())


@MARKETS
def test_a_market_order_walks_the_book(market: Market, still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(market, SELL, "1", "100"))
    exchange.submit("bob", order(market, SELL, "1", "100.5"))
    result = exchange.submit("alice", order(market, BUY, "1.5"))
    assert [fill.price for fill in result.fills] == [Decimal(100), Decimal("100.5")]
    assert result.order.executed_quote == Decimal("150.25")


def test_a_spot_market_order_may_be_sized_in_quote(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("bob", order(SPOT, SELL, "1", "100"))
    exchange.submit("bob", order(SPOT, SELL, "5", "100.5"))
    result = exchange.submit("alice", order(SPOT, BUY, None, quote_quantity=Decimal(200)))
    assert result.order.status is OrderStatus.FILLED
    assert result.order.executed_quantity == Decimal("1.995")
    assert Decimal(200) - result.order.executed_quote < Decimal("100.5") * Decimal("0.001")


@MARKETS
@pytest.mark.parametrize(
    ("quantity", "price", "reason"),
    [
        ("1", "100.001", RejectReason.PRICE_FILTER),
        ("1", "-5", RejectReason.PRICE_FILTER),
        ("1", "0", RejectReason.PRICE_FILTER),
        ("1.0001", "100", RejectReason.LOT_SIZE),
        ("0", "100", RejectReason.LOT_SIZE),
        ("-1", "100", RejectReason.LOT_SIZE),
        ("999999999", "100", RejectReason.LOT_SIZE),
        ("0.049", "100", RejectReason.MIN_NOTIONAL),
        ("1", "600", RejectReason.PERCENT_PRICE),
        ("1", "10", RejectReason.PERCENT_PRICE),
        ("NaN", "100", RejectReason.MALFORMED_ORDER),
        (None, "100", RejectReason.MALFORMED_ORDER),
    ],
)
def test_an_order_off_the_filters_changes_nothing(
    market: Market,
    quantity: str | None,
    price: str,
    reason: RejectReason,
    *,
    still_exchange: Build,
    order: Order,
) -> None:
    assert reason_of(still_exchange(), order(market, BUY, quantity, price)) is reason


def test_what_the_account_cannot_pay_is_refused(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    assert reason_of(exchange, order(SPOT, BUY, "100.001", "100")) is RejectReason.INSUFFICIENT_BALANCE
    assert reason_of(exchange, order(SPOT, SELL, "100.001", "100")) is RejectReason.INSUFFICIENT_BALANCE
    assert reason_of(exchange, order(SPOT, BUY, "99")) is RejectReason.INSUFFICIENT_BALANCE
    assert reason_of(exchange, order(FUTURES, BUY, "2001", "100")) is RejectReason.INSUFFICIENT_MARGIN


def test_locked_funds_back_one_order_only(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.submit("alice", order(SPOT, SELL, "60", "100.5"))
    assert reason_of(exchange, order(SPOT, SELL, "60", "100.5")) is RejectReason.INSUFFICIENT_BALANCE


@MARKETS
def test_client_ids_are_unique_among_open_orders_only(market: Market, still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    request = order(market, BUY, "1", "100", client_order_id="c1")
    first = exchange.submit("alice", request).order
    assert reason_of(exchange, request) is RejectReason.DUPLICATE_CLIENT_ORDER_ID
    exchange.submit("bob", request)
    exchange.cancel("alice", market, "BTCUSDT", client_order_id="c1")
    second = exchange.submit("alice", request).order
    assert second.order_id != first.order_id
    assert exchange.order("alice", market, "BTCUSDT", client_order_id="c1") == second
    count = exchange.ledger_count("alice")
    assert (count.orders, count.rejected, count.orders_by_client_order_id) == (2, 1, {"c1": 2})
    assert count.rejected_by_client_order_id == {"c1": 1}


@MARKETS
def test_an_order_is_canceled_once(market: Market, still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    placed = exchange.submit("alice", order(market, BUY, "1", "100")).order
    canceled = exchange.cancel("alice", market, "BTCUSDT", order_id=placed.order_id)
    assert canceled.status is OrderStatus.CANCELED
    for account_id in ("alice", "bob"):
        with pytest.raises(Rejected) as caught:
            exchange.cancel(account_id, market, "BTCUSDT", order_id=placed.order_id)
        assert caught.value.reason is RejectReason.UNKNOWN_ORDER


def test_cancel_all_takes_one_symbol_of_one_market(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    for market in (SPOT, FUTURES):
        for price in ("99.5", "99.6"):
            exchange.submit("alice", order(market, BUY, "1", price))
    assert [o.price for o in exchange.cancel_all("alice", SPOT, "BTCUSDT")] == [Decimal("99.5"), Decimal("99.6")]
    assert exchange.open_orders("alice", SPOT) == []
    assert len(exchange.open_orders("alice", FUTURES)) == 2


def test_a_check_says_what_submit_would_and_changes_nothing(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange()
    exchange.check("alice", order(SPOT, BUY, "1", "100"))
    with pytest.raises(Rejected) as caught:
        exchange.check("alice", order(SPOT, BUY, "1", "100.001"))
    assert caught.value.reason is RejectReason.PRICE_FILTER
    assert exchange.drain_events() == []
    assert exchange.ledger_count("alice").orders == 0


def test_unknown_names_are_refused(still_exchange: Build) -> None:
    exchange = still_exchange()
    with pytest.raises(Rejected) as caught:
        exchange.account("mallory")
    assert caught.value.reason is RejectReason.UNKNOWN_ACCOUNT
    with pytest.raises(Rejected) as caught:
        exchange.book(SPOT, "NOPEUSDT")
    assert caught.value.reason is RejectReason.UNKNOWN_SYMBOL


@given(lots=st.lists(st.integers(50, 3_000), min_size=1, max_size=5), wanted=st.integers(50, 20_000))
def test_a_fok_is_all_or_nothing_for_any_sizes(
    lots: list[int], wanted: int, still_exchange: Build, order: Order
) -> None:
    exchange, step = still_exchange(), Decimal("0.001")
    for size in lots:
        exchange.submit("bob", order(SPOT, SELL, str(size * step), "100"))
    fok = order(SPOT, BUY, str(wanted * step), "100", time_in_force=TimeInForce.FOK)
    executed = exchange.submit("alice", fok).order.executed_quantity
    assert executed == (wanted * step if wanted <= sum(lots) else 0)


def test_a_venue_may_record_a_crossing_post_only_order_and_end_it_untraded(still_exchange: Build, order: Order) -> None:
    exchange = still_exchange(records_crossing_post_only=True)
    ended = exchange.submit("alice", order(SPOT, BUY, "1", "101", time_in_force=TimeInForce.POST_ONLY)).order
    assert (ended.status, ended.executed_quantity) == (OrderStatus.EXPIRED, 0)
    assert exchange.account("alice").spot["USDT"].locked == 0
    assert exchange.order("alice", SPOT, "BTCUSDT", order_id=ended.order_id) == ended
