"""OKX's public REST side, as ccxt reads it."""

from typing import Any

import pytest
from tests.integration.simulator.okx.conftest import OkxSimulator

EVERY_KIND = pytest.mark.parametrize("symbol", ["BTC/USDT", "ETH/USDT:USDT"])


async def test_markets_of_all_types_are_listed_with_their_contracts(client: Any) -> None:
    markets = client.markets

    spot, swap = markets["BTC/USDT"], markets["BTC/USDT:USDT"]
    assert (spot["id"], spot["precision"]["amount"]) == ("BTC-USDT", 0.00001)
    assert (swap["id"], swap["contractSize"], swap["precision"]["amount"]) == ("BTC-USDT-SWAP", 0.01, 0.1)
    assert (swap["linear"], swap["settle"], swap["active"]) == (True, "USDT", True)
    assert markets["XRP/USDT:USDT"]["contractSize"] == 100
    dated = [market for market in markets.values() if market["future"] and market["base"] == "BTC"]
    assert dated
    assert all(market["expiry"] > client.milliseconds() - 10**12 for market in dated)


async def test_the_clock_is_the_venues(client: Any, simulator: OkxSimulator) -> None:
    assert abs(await client.fetch_time() - simulator.venue.now_ms) < 5_000


@EVERY_KIND
async def test_a_book_stands_best_first_and_does_not_cross(client: Any, symbol: str) -> None:
    book = await client.fetch_order_book(symbol, 20)
    bids, asks = [level[0] for level in book["bids"]], [level[0] for level in book["asks"]]
    assert len(bids) == len(asks) == 20
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


async def test_sizes_of_derivatives_are_in_contracts(client: Any, simulator: OkxSimulator) -> None:
    book = await client.fetch_order_book("BTC/USDT:USDT", 5)
    listed = simulator.venue.instrument("BTC-USDT-SWAP").listed
    depth = simulator.venue.exchange.book(listed.market, listed.symbol, 400)
    in_base_units = {float(price): float(quantity) for price, quantity in depth.bids}
    known = [(price, size) for price, size, *_ in book["bids"] if price in in_base_units]
    assert any(size == pytest.approx(in_base_units[price] / 0.01) for price, size in known)


@EVERY_KIND
async def test_tickers_agree_with_the_book(client: Any, symbol: str) -> None:
    ticker = await client.fetch_ticker(symbol)
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["bid"] < ticker["ask"]
    assert ticker["baseVolume"] > 0


async def test_all_tickers_of_a_type_come_at_once(client: Any) -> None:
    tickers = await client.fetch_tickers(None, {"instType": "SWAP"})
    assert set(tickers) == {f"{base}/USDT:USDT" for base in ("BTC", "ETH", "SOL", "XRP", "DOGE")}


@EVERY_KIND
async def test_candles_are_closed_but_for_the_last(client: Any, symbol: str) -> None:
    candles = await client.fetch_ohlcv(symbol, "5m", limit=50)
    times = [row[0] for row in candles]
    assert len(candles) == 50
    assert times == list(range(times[0], times[0] + 50 * 300_000, 300_000))
    assert all(low <= min(first, last) <= max(first, last) <= high for _, first, high, low, last, _ in candles)


async def test_candles_before_the_recent_ones_come_from_history(client: Any, simulator: OkxSimulator) -> None:
    since = simulator.venue.now_ms // 3_600_000 * 3_600_000 - 60 * 24 * 3_600_000
    candles = await client.fetch_ohlcv("BTC/USDT:USDT", "1h", since=since, limit=48)
    assert [row[0] for row in candles] == [since + hour * 3_600_000 for hour in range(48)]


@pytest.mark.parametrize(("timeframe", "opens_at_hour"), [("1d", 0), ("6h", None)])
async def test_days_begin_at_utc_midnight_where_the_name_says_so(
    client: Any, timeframe: str, opens_at_hour: int | None
) -> None:
    candles = await client.fetch_ohlcv("BTC/USDT", timeframe, limit=5)
    hours = {row[0] // 3_600_000 % 24 for row in candles}
    assert hours == {opens_at_hour} if opens_at_hour is not None else hours <= {0, 6, 12, 18}


async def test_days_without_utc_in_their_name_are_whole_hong_kong_days(client: Any) -> None:
    days = (await client.publicGetMarketCandles({"instId": "BTC-USDT-SWAP", "bar": "1D", "limit": 3}))["data"]
    hours = (await client.publicGetMarketHistoryCandles({"instId": "BTC-USDT-SWAP", "bar": "1H", "limit": 100}))["data"]
    closed = days[1]
    inside = [row for row in hours if 0 <= int(row[0]) - int(closed[0]) < 86_400_000]
    assert int(closed[0]) // 3_600_000 % 24 == 16
    assert len(inside) == 24
    assert max(float(row[2]) for row in inside) == float(closed[2])
    assert sum(float(row[6]) for row in inside) == pytest.approx(float(closed[6]))


@EVERY_KIND
async def test_trades_name_the_takers_side(client: Any, symbol: str) -> None:
    await client.watch_trades(symbol)
    trades = await client.fetch_trades(symbol, limit=10)
    assert trades
    assert {trade["side"] for trade in trades} <= {"buy", "sell"}
    assert all(trade["amount"] > 0 for trade in trades)


async def test_funding_rates_tell_when_they_are_settled(client: Any, simulator: OkxSimulator) -> None:
    rate = await client.fetch_funding_rate("BTC/USDT:USDT")
    now_ms = simulator.venue.now_ms
    assert now_ms < rate["fundingTimestamp"] <= now_ms + 60_000
    assert rate["nextFundingTimestamp"] - rate["fundingTimestamp"] == 60_000


async def test_past_funding_rates_come_oldest_first(client: Any) -> None:
    past = await client.fetch_funding_rate_history("BTC/USDT:USDT", limit=10)
    times = [row["timestamp"] for row in past]
    assert len(past) == 10
    assert times == list(range(times[0], times[0] + 10 * 60_000, 60_000))


async def test_marks_stand_near_the_index(client: Any) -> None:
    mark = await client.fetch_mark_price("BTC/USDT:USDT")
    index = (await client.publicGetMarketIndexTickers({"instId": "BTC-USDT"}))["data"][0]
    assert mark["markPrice"] == pytest.approx(float(index["idxPx"]), rel=0.02)


async def test_tiers_let_larger_positions_be_levered_less(client: Any) -> None:
    tiers = await client.fetch_market_leverage_tiers("BTC/USDT:USDT", {"marginMode": "cross"})
    leverages = [tier["maxLeverage"] for tier in tiers]
    rates = [tier["maintenanceMarginRate"] for tier in tiers]
    assert leverages == sorted(leverages, reverse=True)
    assert rates == sorted(rates)
    assert rates[0] < 1 / leverages[0]
