"""The synthetic market: its universe, its books, its flow."""

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from poise_simulator.domain.assets import CATALOGUE, AssetProfile
from poise_simulator.domain.catalog import check_assets
from poise_simulator.domain.config import ExchangeConfig
from poise_simulator.domain.events import DepthChanged, TradePrinted
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import OrderRequest, OrderStatus, OrderType, Side, TimeInForce

START_MS = 1_790_000_000_000
HOUR_MS = 3_600_000
REFUSED = {
    "KAVA": "volume",
    "ATOM": "volume",
    "ALGO": "spread",
    "FIL": "depth",
    "TRB": "funding",
    "BCH": "correlation",
}
PERPETUALS = [asset for asset in CATALOGUE if asset.perpetual is not None]


@pytest.fixture(scope="module")
def exchange() -> Exchange:
    built = Exchange(ExchangeConfig(funding_interval_s=36), seed=11, start_ms=START_MS)
    built.advance(START_MS + 5_000)
    return built


def depth_usd(exchange: Exchange, market: Market, symbol: str) -> float:
    """Read the thinner side within 1 % of mid."""
    book = exchange.book(market, symbol)
    mid = (book.bids[0][0] + book.asks[0][0]) / 2
    bids = sum(price * quantity for price, quantity in book.bids if price >= mid * Decimal("0.99"))
    asks = sum(price * quantity for price, quantity in book.asks if price <= mid * Decimal("1.01"))
    return float(min(bids, asks))


def failings(exchange: Exchange, asset: AssetProfile) -> set[str]:
    """List the admission criteria an asset misses, by the desk's own thresholds."""
    found = set()
    books = [exchange.book(market, asset.symbol, 1) for market in Market]
    spreads_bps = [float((b.asks[0][0] / b.bids[0][0] - 1) * 10_000) for b in books]
    if exchange.ticker_24h(Market.FUTURES, asset.symbol).quote_volume < 500_000_000:
        found.add("volume")
    if max(spreads_bps) > 5.0:
        found.add("spread")
    if min(depth_usd(exchange, market, asset.symbol) for market in Market) < 5e6:
        found.add("depth")
    mark = exchange.mark(asset.symbol)
    if abs(mark.funding_rate) * 28_800 / mark.interval_s >= Decimal("0.001"):
        found.add("funding")
    if asset.tier > 1 and correlation_to_btc(exchange, asset.symbol) >= 0.85:
        found.add("correlation")
    return found


def hourly_returns(exchange: Exchange, symbol: str) -> np.ndarray:
    closes = [float(k.close) for k in exchange.klines(Market.SPOT, symbol, HOUR_MS, limit=90 * 24)]
    assert len(closes) == 90 * 24
    return np.diff(np.log(closes))


def correlation_to_btc(exchange: Exchange, symbol: str) -> float:
    pair = hourly_returns(exchange, "BTCUSDT"), hourly_returns(exchange, symbol)
    return float(np.corrcoef(*pair)[0, 1])


@pytest.mark.parametrize("seed", [11, 12])
def test_assets_qualify_but_for_those_that_miss_one_criterion(seed: int) -> None:
    exchange = Exchange(ExchangeConfig(funding_interval_s=36), seed=seed, start_ms=START_MS)
    exchange.advance(START_MS + 5_000)
    assert len(PERPETUALS) >= 20
    for asset in PERPETUALS:
        found = failings(exchange, asset)
        if asset.base in REFUSED:
            assert REFUSED[asset.base] in found, asset.base
        else:
            assert found == set(), asset.base


def test_the_universe_is_of_all_tiers(exchange: Exchange) -> None:
    tiers = {asset.base: asset.tier for asset in CATALOGUE}
    assert {base for base, tier in tiers.items() if tier == 1} == {"BTC", "ETH"}
    assert {base for base, tier in tiers.items() if tier == 2} == {"SOL", "BNB", "XRP"}
    assert (Market.SPOT, "USDCUSDT") in exchange.instruments
    assert (Market.FUTURES, "USDCUSDT") not in exchange.instruments
    usdc = exchange.book(Market.SPOT, "USDCUSDT", 1)
    assert abs(usdc.bids[0][0] - 1) < Decimal("0.002")


def test_books_are_deep_ordered_on_the_grid_and_never_crossed(exchange: Exchange) -> None:
    for (market, symbol), instrument in exchange.instruments.items():
        book = exchange.book(market, symbol)
        assert len(book.bids) >= 45
        assert len(book.asks) >= 45
        bids, asks = [p for p, _ in book.bids], [p for p, _ in book.asks]
        assert bids == sorted(set(bids), reverse=True)
        assert asks == sorted(set(asks))
        assert 0 < bids[-1] < bids[0] < asks[0]
        assert all(p % instrument.tick_size == 0 for p in bids + asks)
        assert all(q > 0 and q % instrument.step_size == 0 for _, q in (*book.bids, *book.asks))


def test_depth_events_carry_each_book_from_its_snapshot_on() -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:3]), seed=5, start_ms=START_MS)
    copies: dict[tuple[Market, str], dict[str, dict[Decimal, Decimal]]] = {}
    seen_ids = {}
    for key in exchange.instruments:
        book = exchange.book(*key)
        copies[key] = {"bids": dict(book.bids), "asks": dict(book.asks)}
        seen_ids[key] = book.last_update_id
    for tenth in range(1, 201):
        exchange.advance(START_MS + tenth * 100)
        for event in exchange.drain_events():
            if not isinstance(event, DepthChanged):
                continue
            key = (event.market, event.symbol)
            assert event.previous_final_update_id == seen_ids[key] == event.first_update_id - 1
            seen_ids[key] = event.final_update_id
            for side, levels in (("bids", event.bids), ("asks", event.asks)):
                for price, quantity in levels:
                    copies[key][side].pop(price, None)
                    if quantity:
                        copies[key][side][price] = quantity
            assert max(copies[key]["bids"]) < min(copies[key]["asks"])
    for key, copy in copies.items():
        book = exchange.book(*key)
        assert (copy["bids"], copy["asks"]) == (dict(book.bids), dict(book.asks))
        assert seen_ids[key] == book.last_update_id


def test_books_change_about_as_often_as_configured() -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:6]), seed=5, start_ms=START_MS)
    exchange.advance(START_MS + 60_000)
    changes = [event for event in exchange.drain_events() if isinstance(event, DepthChanged)]
    per_book_and_second = len(changes) / len(exchange.instruments) / 60
    assert 4.5 < per_book_and_second < 7.5


def test_traded_volume_keeps_up_with_the_day_before() -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:2]), seed=3, start_ms=START_MS)
    exchange.advance(START_MS + 900_000)
    trades = [event for event in exchange.drain_events() if isinstance(event, TradePrinted)]
    for asset in CATALOGUE[:2]:
        assert asset.perpetual is not None
        traded = sum(
            float(t.price * t.quantity) for t in trades if t.market is Market.FUTURES and t.symbol == asset.symbol
        )
        assert 0.7 < traded / (asset.perpetual.volume_24h_usd / 96) < 1.3
    ids = [t.trade_id for t in trades if (t.market, t.symbol) == (Market.SPOT, "BTCUSDT")]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


@pytest.mark.parametrize("market", list(Market))
def test_a_resting_order_at_the_touch_is_filled_by_synthetic_flow(market: Market) -> None:
    exchange = Exchange(ExchangeConfig(assets=CATALOGUE[:1]), seed=9, start_ms=START_MS)
    bid = exchange.book(market, "BTCUSDT", 1).bids[0][0]
    request = OrderRequest(
        market,
        "BTCUSDT",
        Side.BUY,
        OrderType.LIMIT,
        quantity=Decimal("0.01"),
        price=bid,
        time_in_force=TimeInForce.POST_ONLY,
    )
    order_id = exchange.submit("paper", request).order.order_id
    for _ in range(600):
        exchange.advance(exchange.now_ms + 1_000)
        order = exchange.order("paper", market, "BTCUSDT", order_id=order_id)
        if order.status is OrderStatus.FILLED:
            break
    assert order.status is OrderStatus.FILLED
    assert all(fill.is_maker and fill.price == bid for fill in exchange.trades("paper", market))


def test_a_maker_quote_through_an_account_s_order_trades_with_it(
    still_exchange: Callable[..., Exchange], order: Callable[..., OrderRequest]
) -> None:
    exchange = still_exchange()
    placed = exchange.submit("alice", order(Market.FUTURES, Side.BUY, "1", "100")).order
    exchange._venue.market._prices._start *= 0.98
    exchange.advance(exchange.now_ms + 10_000)
    found = exchange.order("alice", Market.FUTURES, "BTCUSDT", order_id=placed.order_id)
    assert (found.status, found.average_price) == (OrderStatus.FILLED, Decimal(100))
    book = exchange.book(Market.FUTURES, "BTCUSDT", 1)
    assert book.bids[0][0] < book.asks[0][0] <= Decimal("99.1")


def test_returns_have_fat_tails_and_clustered_volatility(exchange: Exchange) -> None:
    returns = hourly_returns(exchange, "ETHUSDT")
    scaled = (returns - returns.mean()) / returns.std()
    assert float((scaled**4).mean()) > 4.0
    squares = np.abs(scaled)
    assert float(np.corrcoef(squares[:-1], squares[1:])[0, 1]) > 0.03
    annual = float(returns.std()) * math.sqrt(24 * 365)
    assert 0.4 < annual < 1.0


@pytest.mark.parametrize("assets", [(), CATALOGUE[1:], (CATALOGUE[0], CATALOGUE[0])])
def test_a_universe_without_its_factor_or_with_doubles_is_refused(assets: tuple[AssetProfile, ...]) -> None:
    with pytest.raises(ValueError, match="assets"):
        check_assets(assets)
