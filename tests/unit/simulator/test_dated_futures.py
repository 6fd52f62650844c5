"""Dated futures: their calendar, their premium, their delivery; and what they leave as it was."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import AccountConfig, ExchangeConfig
from poise_simulator.domain.dated.calendar import quarter_end_ms
from poise_simulator.domain.dated.premiums import AnnualPremiums
from poise_simulator.domain.dated.terms import DatedTerms, Term
from poise_simulator.domain.events import ContractDelivered, OrderUpdated
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.income import IncomeType
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.orders import OrderRequest, OrderStatus, OrderType, Side
from poise_simulator.domain.regimes import CALM, DEMO
from poise_simulator.domain.rejections import Rejected, RejectReason

DELIVERY_MS = quarter_end_ms(2026, 3)
DAY_MS = 86_400_000
SOON = "BTCUSDT_261225"
DATED = DatedTerms(assets=("BTC",), delivery_window_s=5, shown_after_delivery_s=10)
ACCOUNTS = tuple(AccountConfig(name) for name in ("alice", "bob"))


def exchange_at(start_ms: int, **changes: object) -> Exchange:
    config = ExchangeConfig(accounts=ACCOUNTS, assets=CATALOGUE[:2], dated=DATED)
    return Exchange(replace(config, **changes), seed=3, start_ms=start_ms)  # type: ignore[arg-type]  # fields of the config


def trade(exchange: Exchange, account: str, side: Side, quantity: str, symbol: str = SOON) -> None:
    request = OrderRequest(Market.FUTURES, symbol, side, OrderType.MARKET, quantity=Decimal(quantity))
    assert exchange.submit(account, request).order.status is OrderStatus.FILLED


@pytest.mark.parametrize(
    ("year", "quarter", "day"),
    [(2026, 3, "2026-12-25"), (2027, 0, "2027-03-26"), (2027, 1, "2027-06-25"), (2026, 7, "2027-12-31")],
)
def test_a_quarter_ends_on_its_last_friday_at_eight(year: int, quarter: int, day: str) -> None:
    assert datetime.fromtimestamp(quarter_end_ms(year, quarter) / 1_000, UTC).isoformat() == f"{day}T08:00:00+00:00"


def test_current_and_next_quarter_are_listed_and_priced_over_the_index() -> None:
    exchange = exchange_at(DELIVERY_MS - 34 * DAY_MS)
    dated = [one for one in exchange.instruments.values() if one.is_dated]
    assert [one.symbol for one in dated] == [SOON, "BTCUSDT_270326"]
    for one in dated:
        mark = exchange.mark(one.symbol)
        assert one.expires_ms is not None
        years = (one.expires_ms - exchange.now_ms) / (365 * DAY_MS)
        assert float(mark.mark / mark.index) - 1 == pytest.approx(DEMO.basis.base_apr * years, rel=1e-3)
        assert not mark.is_funded
        assert exchange.funding_history(one.symbol) == []


def test_a_contract_has_a_past_that_begins_when_it_was_listed() -> None:
    exchange = exchange_at(DELIVERY_MS - 34 * DAY_MS)
    days = exchange.klines(Market.FUTURES, "BTCUSDT_270326", DAY_MS, limit=200)
    listed_ms = exchange.instruments[Market.FUTURES, "BTCUSDT_270326"].listed_ms
    assert listed_ms is not None
    assert listed_ms <= days[0].open_time_ms + DAY_MS
    assert 50 < len(days) < 100
    spot = exchange.klines(Market.SPOT, "BTCUSDT", DAY_MS, limit=200)[-1]
    assert days[-1].close == pytest.approx(spot.close, rel=Decimal("0.05"))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), regime=st.sampled_from([DEMO, CALM]), steps=st.integers(1, 300))
def test_the_premium_is_bounded_and_gone_when_no_time_is_left(seed: int, regime: object, steps: int) -> None:
    basis = (DEMO if regime is DEMO else CALM).basis
    premiums = AnnualPremiums(3, basis, seed, 0.1)
    for step in range(1, steps + 1):
        premiums.step(step * 10.0)
        for years_left in (1.0, 0.1, 0.001):
            rates = premiums.over_index(years_left) / years_left
            assert ((rates >= basis.floor_apr - 1e-12) & (rates <= basis.cap_apr + 1e-12)).all()
        assert (premiums.over_index(0.0) == 0.0).all()


def test_contango_is_high_enough_to_pay_at_times_and_not_at_others() -> None:
    premiums = AnnualPremiums(1, DEMO.basis, 5, 0.1)
    rates = []
    for step in range(1, 3_000):
        premiums.step(step * 0.1)
        rates.append(float(premiums.over_index(0.25)[0] / 0.25))
    assert max(rates) > 0.08
    assert min(rates) < 0.06
    assert all(-0.02 <= rate <= 0.20 for rate in rates)


@pytest.mark.parametrize("first_expiry_s", [20, 90])
def test_a_short_contract_converges_as_a_month_would_and_the_quarters_stay(first_expiry_s: int) -> None:
    start_ms = DELIVERY_MS - 34 * DAY_MS
    exchange = exchange_at(start_ms, dated=replace(DATED, first_expiry_s=first_expiry_s))
    short, *quarters = [one for one in exchange.instruments.values() if one.is_dated]
    assert short.symbol == "BTCUSDT_261121"
    assert [one.symbol for one in quarters] == [SOON, "BTCUSDT_270326"]
    mark = exchange.mark(short.symbol)
    assert float(mark.mark / mark.index) - 1 == pytest.approx(DEMO.basis.base_apr * 30 / 365, rel=1e-3)
    exchange.advance(start_ms + first_expiry_s * 1_000 - 200)
    book = exchange.book(Market.FUTURES, short.symbol, 1)
    mid = float(book.bids[0][0] + book.asks[0][0]) / 2
    assert mid == pytest.approx(float(exchange.mark(short.symbol).settle_estimate), rel=3e-4)
    exchange.advance(start_ms + first_expiry_s * 1_000 + 1_000)
    assert exchange.instruments[Market.FUTURES, short.symbol].status is TradingStatus.DELIVERED


def test_delivery_settles_at_the_mean_of_the_index_and_lists_the_next_quarter() -> None:
    exchange = exchange_at(DELIVERY_MS - 20_000)
    trade(exchange, "alice", Side.BUY, "0.5")
    exchange.submit(
        "bob",
        OrderRequest(Market.FUTURES, SOON, Side.BUY, OrderType.LIMIT, quantity=Decimal("0.1"), price=Decimal(99_000)),
    )
    exchange.drain_events()
    exchange.advance(DELIVERY_MS - 5_000)
    index = []
    for second in range(4, -1, -1):
        exchange.advance(DELIVERY_MS - second * 1_000)
        index.append(exchange.mark(SOON).index)
    events = exchange.drain_events()
    (delivered,) = [event for event in events if isinstance(event, ContractDelivered)]
    assert delivered.price == pytest.approx(sum(index) / len(index), abs=Decimal("0.06"))
    assert delivered.price % exchange.instruments[Market.FUTURES, SOON].tick_size == 0
    (ended,) = [event.order for event in events if isinstance(event, OrderUpdated) and event.account_id == "bob"]
    assert ended.status is OrderStatus.CANCELED

    assert not exchange.account("alice").futures.positions
    (income,) = [one for one in exchange.income("alice", symbol=SOON) if one.type is IncomeType.DELIVERY]
    fills = exchange.trades("alice", Market.FUTURES, SOON)
    bought = sum(fill.quote_quantity for fill in fills)
    assert income.amount == Decimal("0.5") * delivered.price - bought
    assert (Market.FUTURES, "BTCUSDT_270625") in exchange.instruments
    assert [one.symbol for one in exchange.deliveries("BTCUSDT")] == [SOON]


def test_a_delivered_contract_trades_no_more_and_leaves_the_lists_after_a_while() -> None:
    exchange = exchange_at(DELIVERY_MS - 1_000)
    exchange.advance(DELIVERY_MS + 1_000)
    with pytest.raises(Rejected) as refused:
        trade(exchange, "alice", Side.BUY, "0.5")
    assert refused.value.reason is RejectReason.TRADING_HALTED
    assert exchange.book(Market.FUTURES, SOON).bids == ()
    exchange.resume(Market.FUTURES, SOON)
    assert exchange.instruments[Market.FUTURES, SOON].is_listed
    exchange.advance(DELIVERY_MS + 11_000)
    assert not exchange.instruments[Market.FUTURES, SOON].is_listed
    assert SOON not in {ticker.symbol for ticker in exchange.tickers_24h(Market.FUTURES)}
    assert exchange.income("alice", symbol=SOON) == []


@settings(max_examples=15, deadline=None)
@given(
    trades=st.lists(
        st.tuples(st.sampled_from(["alice", "bob"]), st.sampled_from(list(Side)), st.integers(1, 400)),
        min_size=1,
        max_size=8,
    )
)
def test_settlement_conserves_money(trades: list[tuple[str, Side, int]]) -> None:
    exchange = exchange_at(DELIVERY_MS - 8_000)
    for account, side, lots in trades:
        trade(exchange, account, side, str(Decimal(lots) / 1_000))
    exchange.advance(DELIVERY_MS + 1_000)
    (delivered,) = exchange.deliveries("BTCUSDT")
    for account in ("alice", "bob"):
        fills = exchange.trades(account, Market.FUTURES, SOON)
        held = sum((fill.side.sign * fill.quantity for fill in fills), Decimal(0))
        paid = sum((fill.side.sign * fill.quote_quantity for fill in fills), Decimal(0))
        fees = sum((fill.commission for fill in fills), Decimal(0))
        view = exchange.account(account).futures
        assert view.wallet_balance == Decimal(40_000) + held * delivered.price - paid - fees
        assert not view.positions
        assert view.margin_balance == view.wallet_balance == sum(one.amount for one in exchange.income(account))


def test_a_late_view_still_shows_the_position_before_delivery_and_none_after() -> None:
    exchange = exchange_at(DELIVERY_MS - 2_000)
    trade(exchange, "alice", Side.SELL, "0.2")
    exchange.advance(DELIVERY_MS + 1_000)
    assert exchange.lagging(1_500).account("alice").futures.positions[SOON].quantity == Decimal("-0.2")
    assert not exchange.lagging(500).account("alice").futures.positions


def test_dated_futures_and_cross_pairs_change_nothing_about_the_standing_books() -> None:
    def events(**changes: object) -> list[str]:
        exchange = exchange_at(DELIVERY_MS - 1_500, **changes)
        exchange.advance(DELIVERY_MS + 3_000)
        standing = {"BTCUSDT", "ETHUSDT"}
        return [repr(event) for event in exchange.drain_events() if getattr(event, "symbol", "") in standing]

    assert events() == events(dated=None) == events(cross_pairs=(("ETH", "BTC"),))


def test_assets_without_a_perpetual_have_no_dated_futures() -> None:
    with pytest.raises(ValueError, match="DOGE"):
        exchange_at(DELIVERY_MS, dated=DatedTerms(assets=("DOGE",)))


def test_a_position_in_a_dated_future_is_margined_and_liquidated_like_any_other(
    still_exchange: Callable[..., Exchange],
) -> None:
    exchange = still_exchange(futures_wallet=Decimal(25), dated=DATED)
    symbol = next(one.symbol for one in exchange.instruments.values() if one.is_dated)
    exchange.set_leverage("alice", symbol, 50)
    trade(exchange, "alice", Side.BUY, "3", symbol)
    before = exchange.account("alice").futures
    assert before.initial_margin == before.positions[symbol].quantity * before.positions[symbol].mark / 50
    exchange._venue.market._prices._start *= 0.9
    exchange.advance(exchange.now_ms + 120_000)
    assert not exchange.account("alice").futures.positions
    assert exchange.ledger_count("alice").liquidations == 1


def test_the_time_left_runs_by_its_own_pace() -> None:
    term = Term(listed_ms=0, expires_ms=600_000, window_s=1, pace=144.0, priced_days_max=30.0)
    assert term.years_left(0) == pytest.approx(1 / 365)
    assert term.years_left(600_000) == term.years_left(700_000) == 0.0
