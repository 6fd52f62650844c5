"""Market data over REST, as ccxt reads it."""

import asyncio
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from poise_simulator.app import Simulator
from poise_simulator.domain.instruments import Market

BOTH = pytest.mark.parametrize("symbol", ["BTC/USDT", "BTC/USDT:USDT"])


async def test_all_instruments_load_with_their_grids(client: Any, simulator: Simulator) -> None:
    markets = await client.load_markets()

    instruments = simulator.venue.exchange.instruments
    assert len(markets) == len(instruments)
    assert sum(market["spot"] for market in markets.values()) >= 21
    assert sum(market["swap"] for market in markets.values()) >= 20
    for (section, symbol), instrument in instruments.items():
        settled = f":USDT{'-' if instrument.is_dated else ''}{symbol.partition('_')[2]}"
        unified = f"{instrument.base}/{instrument.quote}" + (settled if section is Market.FUTURES else "")
        market = markets[unified]
        assert market["id"] == symbol
        assert Decimal(str(market["precision"]["price"])) == instrument.tick_size
        assert Decimal(str(market["precision"]["amount"])) == instrument.step_size
        assert Decimal(str(market["limits"]["cost"]["min"])) == instrument.min_notional
        assert Decimal(str(market["limits"]["amount"]["min"])) == instrument.min_quantity


async def test_the_synchronous_client_works_too(blocking_client: Any) -> None:
    markets = await asyncio.to_thread(blocking_client.load_markets)
    balance = await asyncio.to_thread(blocking_client.fetch_balance)

    assert "ETH/USDT:USDT" in markets
    assert balance["USDT"]["free"] == 60_000


async def test_the_venue_tells_its_time(client: Any, simulator: Simulator) -> None:
    before = simulator.venue.now_ms
    told = await client.fetch_time()
    assert before <= told <= simulator.venue.now_ms


@BOTH
async def test_a_book_has_both_sides_in_order(client: Any, symbol: str) -> None:
    book = await client.fetch_order_book(symbol, 20)

    bids, asks = [level[0] for level in book["bids"]], [level[0] for level in book["asks"]]
    assert len(bids) == len(asks) == 20
    assert bids == sorted(bids, reverse=True)
    assert asks == sorted(asks)
    assert bids[0] < asks[0]


@BOTH
async def test_tickers_agree_with_the_book(client: Any, symbol: str) -> None:
    ticker = await client.fetch_ticker(symbol)
    best = (await client.fetch_bids_asks([symbol]))[symbol]
    every = await client.fetch_tickers(params={"type": "swap" if ":" in symbol else "spot"})

    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert ticker["quoteVolume"] > 10_000_000
    assert best["bid"] < best["ask"]
    assert every[symbol]["quoteVolume"] == pytest.approx(ticker["quoteVolume"], rel=1e-3)


@BOTH
async def test_candles_are_whole_and_in_order(client: Any, symbol: str) -> None:
    minutes = await client.fetch_ohlcv(symbol, "1m", limit=60)
    hours = await client.fetch_ohlcv(symbol, "1h", limit=500)

    assert [b[0] - a[0] for a, b in pairwise(minutes)] == [60_000] * 59
    assert [b[0] - a[0] for a, b in pairwise(hours)] == [3_600_000] * 499
    assert all(low <= min(first, last) <= max(first, last) <= high for _, first, high, low, last, _ in hours)


@BOTH
async def test_candles_can_be_paged_by_time(client: Any, symbol: str) -> None:
    latest = await client.fetch_ohlcv(symbol, "1m", limit=30)
    page = await client.fetch_ohlcv(symbol, "1m", since=latest[5][0], limit=10)
    assert page == latest[5:15]


@BOTH
async def test_public_trades_carry_ids_and_sides(client: Any, simulator: Simulator, symbol: str) -> None:
    simulator.venue.exchange.advance(simulator.venue.now_ms + 20_000)
    trades = await client.fetch_trades(symbol, limit=50)

    ids = [int(trade["id"]) for trade in trades]
    assert ids == sorted(set(ids))
    assert {trade["side"] for trade in trades} <= {"buy", "sell"}


async def test_funding_says_the_interval_it_is_settled_at(client: Any) -> None:
    symbol = "BTC/USDT:USDT"
    rate = await client.fetch_funding_rate(symbol)
    history = await client.fetch_funding_rate_history(symbol, limit=50)
    intervals = await client.fetch_funding_intervals()

    gaps = {b["timestamp"] - a["timestamp"] for a, b in pairwise(history)}
    assert gaps == {60_000}
    assert intervals[symbol]["info"]["fundingIntervalHours"] == pytest.approx(60 / 3600)
    assert rate["fundingTimestamp"] - history[-1]["timestamp"] == 60_000


async def test_mark_and_index_prices_stand_near_the_book(client: Any) -> None:
    symbol = "ETH/USDT:USDT"
    mark = await client.fetch_mark_price(symbol)
    book = await client.fetch_order_book(symbol, 5)
    assert mark["markPrice"] == pytest.approx(book["bids"][0][0], rel=0.02)
    assert mark["indexPrice"] == pytest.approx(book["bids"][0][0], rel=0.02)


async def test_leverage_tiers_chain_without_gaps(client: Any) -> None:
    tiers = (await client.fetch_leverage_tiers(["BTC/USDT:USDT"]))["BTC/USDT:USDT"]
    assert tiers[0]["minNotional"] == 0
    assert all(a["maxNotional"] == b["minNotional"] for a, b in pairwise(tiers))
    assert all(a["maxLeverage"] >= b["maxLeverage"] for a, b in pairwise(tiers))


@BOTH
async def test_trading_fees_are_the_accounts_own(client: Any, simulator: Simulator, symbol: str) -> None:
    fee = await client.fetch_trading_fee(symbol)
    market = Market.FUTURES if ":" in symbol else Market.SPOT
    instrument = simulator.venue.exchange.instruments[market, "BTCUSDT"]
    assert fee["taker"] == float(instrument.taker_fee_rate)
    assert fee["maker"] == float(instrument.maker_fee_rate)
