"""An account's streams, and orders over the socket, through ccxt.pro as it is."""

import asyncio
from typing import Any

import pytest

SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"


async def test_a_watched_order_closes_and_its_fill_is_a_trade(trader: Any) -> None:
    trader.newUpdates = True
    book = await trader.fetch_order_book(SWAP, 5)
    watching = asyncio.ensure_future(trader.watch_orders())
    trades = asyncio.ensure_future(trader.watch_my_trades())
    await _listens(trader)
    placed = await trader.create_order(SWAP, "limit", "buy", 3, book["asks"][0][0] * 1.01, {"clientOrderId": "abc1"})
    seen: list[dict[str, Any]] = []
    while not seen or seen[-1]["status"] != "closed":
        seen += await watching
        watching = asyncio.ensure_future(trader.watch_orders())
    watching.cancel()
    assert {(order["id"], order["clientOrderId"], order["symbol"]) for order in seen} == {(placed["id"], "abc1", SWAP)}
    assert seen[-1]["filled"] == 3
    assert seen[-1]["fee"]["currency"] == "USDT"
    assert (await trades)[0]["order"] == placed["id"]


async def test_a_watched_balance_follows_a_purchase(trader: Any) -> None:
    first = await trader.watch_balance()
    assert first["USDT"]["total"] == 100_000
    await trader.create_order(SPOT, "market", "buy", 0.1)
    while "BTC" not in (latest := await trader.watch_balance()):
        pass
    assert latest["BTC"]["total"] == pytest.approx(0.1 * (1 - 0.0005))


async def test_watched_positions_follow_a_short_and_its_closing(trader: Any) -> None:
    watching = asyncio.ensure_future(trader.watch_positions())
    await _listens(trader)
    await trader.create_order(SWAP, "market", "sell", 4)
    while not (held := [item for item in await watching if item["contracts"]]):
        watching = asyncio.ensure_future(trader.watch_positions())
    assert (held[0]["symbol"], held[0]["side"], held[-1]["contracts"]) == (SWAP, "short", 4)
    watching = asyncio.ensure_future(trader.watch_positions())
    await trader.create_order(SWAP, "market", "buy", 4, None, {"reduceOnly": True})
    while any(item["contracts"] for item in await watching):
        watching = asyncio.ensure_future(trader.watch_positions())


async def test_orders_are_placed_and_cancelled_over_the_socket(trader: Any) -> None:
    bid = (await trader.fetch_order_book(SPOT, 5))["bids"][0][0]
    placed = await trader.create_order_ws(SPOT, "limit", "buy", 0.01, bid * 0.97, {"clientOrderId": "ws1"})
    assert (await trader.fetch_order(placed["id"], SPOT))["clientOrderId"] == "ws1"
    cancelled = await trader.cancel_order_ws(placed["id"], SPOT)
    assert cancelled["id"] == placed["id"]
    assert (await trader.fetch_order(placed["id"], SPOT))["status"] == "canceled"


async def _listens(trader: Any) -> None:
    """Wait until the client's subscriptions have been answered: a later one on the same socket is."""
    await trader.watch_balance()
