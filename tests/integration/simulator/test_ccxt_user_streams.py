"""User data streams and the WebSocket request API, as ccxt.pro uses them."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

SPOT, PERPETUAL = "BTC/USDT", "BTC/USDT:USDT"
BOTH = pytest.mark.parametrize("symbol", [SPOT, PERPETUAL])


async def _watching(client: Any, symbol: str, watch: Awaitable[Any]) -> "asyncio.Future[Any]":
    """Start watching; returns when the venue has taken the subscription."""
    await client.load_markets()
    await client.authenticate({"type": "spot" if symbol == SPOT else "future"})
    watching = asyncio.ensure_future(watch)
    await asyncio.sleep(0)
    for connection in client.clients.values():
        await connection.connected
    return watching


@BOTH
async def test_an_orders_life_is_watched(client: Any, symbol: str) -> None:
    await client.load_markets()
    book = await client.fetch_order_book(symbol, 5)
    price = client.price_to_precision(symbol, book["bids"][0][0] * 0.97)
    watching = await _watching(client, symbol, client.watch_orders(symbol))

    placed = await client.create_order(symbol, "limit", "buy", 0.01, price, {"clientOrderId": "life1"})
    (seen,) = await watching
    assert (seen["id"], seen["status"], seen["clientOrderId"]) == (placed["id"], "open", "life1")

    watching = asyncio.ensure_future(client.watch_orders(symbol))
    await asyncio.sleep(0)
    await client.cancel_order(placed["id"], symbol)
    (seen,) = await watching
    assert (seen["id"], seen["status"], seen["clientOrderId"]) == (placed["id"], "canceled", "life1")


@BOTH
async def test_own_trades_are_watched_with_their_fees(client: Any, symbol: str) -> None:
    watching = await _watching(client, symbol, client.watch_my_trades(symbol))
    order = await client.create_order(symbol, "market", "buy", 0.01)
    trades = await watching
    assert trades[0]["order"] == order["id"]
    assert trades[0]["fee"]["cost"] > 0
    assert trades[0]["symbol"] == symbol


async def test_the_spot_balance_is_watched(client: Any) -> None:
    watching = await _watching(client, SPOT, client.watch_balance({"type": "spot"}))
    await client.create_order(SPOT, "market", "buy", 0.01)
    balance = await watching
    assert balance["BTC"]["free"] == pytest.approx(0.01 * (1 - 0.0005))
    assert balance["USDT"]["free"] < 60_000


async def test_the_futures_wallet_is_watched(client: Any) -> None:
    watching = await _watching(client, PERPETUAL, client.watch_balance({"type": "swap"}))
    await client.create_order(PERPETUAL, "market", "buy", 0.01)
    balance = await watching
    assert 39_990 < balance["USDT"]["total"] < 40_000


async def test_positions_are_watched(client: Any) -> None:
    assert await client.watch_positions([PERPETUAL]) == []
    watching = await _watching(client, PERPETUAL, client.watch_positions([PERPETUAL]))
    await client.create_order(PERPETUAL, "market", "sell", 0.02)
    (position,) = await watching
    assert (position["side"], position["contracts"]) == ("short", 0.02)


async def test_orders_go_through_the_request_api(client: Any) -> None:
    for symbol in (SPOT, PERPETUAL):
        book = await client.fetch_order_book(symbol, 5)
        price = client.price_to_precision(symbol, book["bids"][0][0] * 0.97)
        placed = await client.create_order_ws(symbol, "limit", "buy", 0.01, price)
        assert (await client.fetch_order_ws(placed["id"], symbol))["status"] == "open"
        assert (await client.cancel_order_ws(placed["id"], symbol))["status"] == "canceled"


async def test_the_request_api_answers_for_account_and_market(client: Any) -> None:
    await client.create_order(PERPETUAL, "market", "buy", 0.01)
    (position,) = await client.fetch_positions_ws([PERPETUAL])
    book = await client.fetch_order_book_ws(PERPETUAL, 5)
    candles = await client.fetch_ohlcv_ws(SPOT, "1m", limit=3)
    ticker = await client.fetch_ticker_ws(PERPETUAL)
    trades = await client.fetch_my_trades_ws(SPOT)

    assert position["contracts"] == 0.01
    assert len(book["bids"]) == 5
    assert len(candles) == 3
    assert ticker["bid"] < ticker["ask"]
    assert trades == []
