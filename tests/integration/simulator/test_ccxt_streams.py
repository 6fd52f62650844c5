"""Market streams, as ccxt.pro watches them."""

import asyncio
from typing import Any

import ccxt
import pytest

from poise_simulator.app import Simulator

BOTH = pytest.mark.parametrize("symbol", ["BTC/USDT", "ETH/USDT:USDT"])
_TRIES = 200


@BOTH
async def test_a_watched_book_equals_the_snapshot_of_the_same_update(client: Any, symbol: str) -> None:
    book = await client.watch_order_book(symbol)
    for _ in range(10):
        book = await client.watch_order_book(symbol)

    for _ in range(_TRIES):
        snapshot = await client.fetch_order_book(symbol, 1000)
        while book["nonce"] < snapshot["nonce"]:
            book = await client.watch_order_book(symbol)
        if book["nonce"] == snapshot["nonce"]:
            break
    assert book["nonce"] == snapshot["nonce"]
    assert [level[:2] for level in book["bids"]] == [level[:2] for level in snapshot["bids"]]
    assert [level[:2] for level in book["asks"]] == [level[:2] for level in snapshot["asks"]]


async def test_books_of_both_markets_are_kept_apart(client: Any) -> None:
    spot = await client.watch_order_book("BTC/USDT")
    perpetual = await client.watch_order_book("BTC/USDT:USDT")
    assert spot["symbol"] == "BTC/USDT"
    assert perpetual["symbol"] == "BTC/USDT:USDT"
    assert spot["bids"][0][0] != perpetual["bids"][0][0]


async def test_many_books_are_watched_on_one_connection(client: Any) -> None:
    symbols = ["BTC/USDT:USDT", "ETH/USDT:USDT", "SOL/USDT:USDT"]
    seen: set[str] = set()
    while seen != set(symbols):
        seen.add((await client.watch_order_book_for_symbols(symbols))["symbol"])


@BOTH
async def test_trades_arrive_as_they_print(client: Any, symbol: str) -> None:
    trades = await client.watch_trades(symbol)
    assert trades[-1]["symbol"] == symbol
    assert trades[-1]["amount"] > 0


@BOTH
async def test_the_running_candle_arrives(client: Any, symbol: str) -> None:
    candles = await client.watch_ohlcv(symbol, "1m")
    assert candles[-1][0] % 60_000 == 0
    assert candles[-1][3] <= candles[-1][4] <= candles[-1][2]


@BOTH
async def test_tickers_and_best_prices_arrive(client: Any, symbol: str) -> None:
    ticker = await client.watch_ticker(symbol, {"name": "ticker"})
    best = (await client.watch_bids_asks([symbol]))[symbol]
    assert ticker["symbol"] == symbol
    assert ticker["low"] <= ticker["last"] <= ticker["high"]
    assert best["bid"] < best["ask"]


async def test_all_tickers_arrive_at_once(client: Any) -> None:
    tickers = await client.watch_tickers(None, {"type": "swap"})
    assert len(tickers) >= 20


async def test_mark_prices_arrive(client: Any) -> None:
    one = await client.watch_mark_price("BTC/USDT:USDT")
    every = await client.watch_mark_prices()
    assert one["markPrice"] > 0
    assert len(every) >= 20


async def test_what_is_no_longer_watched_is_acknowledged(client: Any) -> None:
    await client.watch_trades("BTC/USDT:USDT")
    await client.un_watch_trades("BTC/USDT:USDT")
    again = await client.watch_trades("BTC/USDT:USDT")
    assert again


async def test_a_client_that_was_cut_off_connects_again(client: Any, simulator: Simulator) -> None:
    symbol = "BTC/USDT:USDT"
    first = await client.watch_order_book(symbol)

    async def watch_until_it_breaks() -> None:
        while True:
            await client.watch_order_book(symbol)

    watching = asyncio.create_task(watch_until_it_breaks())
    await simulator.face.close_sockets()
    with pytest.raises(ccxt.NetworkError):
        await watching

    again = await client.watch_order_book(symbol)
    assert again["nonce"] >= first["nonce"]
