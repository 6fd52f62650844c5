"""OKX's public channels, as ccxt.pro watches them."""

import asyncio
from typing import Any

import ccxt
import pytest
from tests.integration.simulator.okx.conftest import OkxSimulator

from poise_simulator.faults.plan import Aim
from poise_simulator.faults.stream_kinds import GapDepth
from poise_simulator.faults.targets import Target

EVERY_KIND = pytest.mark.parametrize("symbol", ["BTC/USDT", "ETH/USDT:USDT"])
_TRIES = 200


@EVERY_KIND
async def test_a_watched_book_equals_the_snapshot_of_the_same_update(client: Any, symbol: str) -> None:
    book = await client.watch_order_book(symbol)
    for _ in range(20):
        book = await client.watch_order_book(symbol)

    client.enableRateLimit = True
    inst_id = client.market(symbol)["id"]
    for _ in range(_TRIES):
        snapshot = (await client.publicGetMarketBooks({"instId": inst_id, "sz": 400}))["data"][0]
        sequence = int(snapshot["seqId"])
        while book["nonce"] < sequence:
            book = await client.watch_order_book(symbol)
        if book["nonce"] == sequence:
            break
    assert book["nonce"] == sequence
    for side in ("bids", "asks"):
        assert [level[:2] for level in book[side]] == [
            [float(price), float(size)] for price, size, *_ in snapshot[side]
        ]


async def test_a_dated_futures_book_is_watched_like_any_other(client: Any) -> None:
    symbol = next(name for name, market in client.markets.items() if market["future"])
    book = await client.watch_order_book(symbol)
    assert book["bids"][0][0] < book["asks"][0][0]


async def test_many_books_are_watched_on_one_connection(client: Any, simulator: OkxSimulator) -> None:
    symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT"]
    seen: set[str] = set()
    while seen != set(symbols):
        seen.add((await client.watch_order_book_for_symbols(symbols))["symbol"])
    assert simulator.face.connections == 1


@pytest.mark.parametrize(("limit", "levels"), [(5, 5), (1, 1)])
async def test_the_best_levels_alone_can_be_watched(client: Any, limit: int, levels: int) -> None:
    for _ in range(3):
        book = await client.watch_order_book("BTC/USDT:USDT", limit)
    assert len(book["bids"]) == len(book["asks"]) == levels


@EVERY_KIND
async def test_trades_arrive_as_they_print(client: Any, symbol: str) -> None:
    trades = await client.watch_trades(symbol)
    assert trades[-1]["symbol"] == symbol
    assert trades[-1]["amount"] > 0


@EVERY_KIND
async def test_the_running_candle_arrives(client: Any, symbol: str) -> None:
    candles = await client.watch_ohlcv(symbol, "1m")
    assert candles[-1][0] % 60_000 == 0
    assert candles[-1][3] <= candles[-1][4] <= candles[-1][2]


@EVERY_KIND
async def test_tickers_and_best_prices_arrive(client: Any, symbol: str) -> None:
    ticker = await client.watch_ticker(symbol)
    best = (await client.watch_bids_asks([symbol]))[symbol]
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert best["bid"] < best["ask"]


async def test_mark_prices_arrive(client: Any) -> None:
    assert (await client.watch_mark_price("BTC/USDT:USDT"))["markPrice"] > 0


async def test_funding_rates_arrive(client: Any, simulator: OkxSimulator) -> None:
    rate = await client.watch_funding_rate("BTC/USDT:USDT")
    assert rate["fundingTimestamp"] > simulator.venue.now_ms


async def test_a_funding_rate_arrives_again_when_it_is_settled(client: Any, clock: Any) -> None:
    first = await client.watch_funding_rate("BTC/USDT:USDT")
    watching = asyncio.create_task(client.watch_funding_rate("BTC/USDT:USDT"))
    await asyncio.sleep(0)
    clock.added_ms += 60_000
    later = await watching
    assert later["fundingTimestamp"] == first["fundingTimestamp"] + 60_000


async def test_what_is_no_longer_watched_can_be_watched_again(client: Any) -> None:
    await client.watch_trades("BTC/USDT:USDT")
    await client.un_watch_trades("BTC/USDT:USDT")
    assert await client.watch_trades("BTC/USDT:USDT")


async def test_a_client_that_was_cut_off_connects_again(client: Any, simulator: OkxSimulator) -> None:
    symbol = "BTC/USDT:USDT"
    first = await client.watch_order_book(symbol)

    watching = asyncio.create_task(_watch_until_it_breaks(client, symbol))
    simulator.face.drop_sockets()
    with pytest.raises(ccxt.NetworkError):
        await watching

    again = await client.watch_order_book(symbol)
    assert again["nonce"] >= first["nonce"]


async def test_a_gap_in_a_book_is_noticed_and_the_book_begun_anew(client: Any, simulator: OkxSimulator) -> None:
    symbol = "BTC/USDT:USDT"
    await client.watch_order_book(symbol)
    simulator.faults.set_fault(GapDepth(), Aim(Target.MARKET_STREAM, strikes_max=1))
    with pytest.raises(ccxt.InvalidNonce):
        await _watch_until_it_breaks(client, symbol)
    again = await client.watch_order_book(symbol)
    assert again["bids"][0][0] < again["asks"][0][0]
    assert len(simulator.faults.log) == 1


async def _watch_until_it_breaks(client: Any, symbol: str) -> None:
    while True:
        await client.watch_order_book(symbol)
