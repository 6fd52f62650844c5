"""Reading OKX's lists of orders and fills, all their pages, raw."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from poise_venues.okx.orders import is_contract, read_order, records
from poise_venues.outcomes import FoundOrder

_PAGE = 100
_RECENT_FILLS_MS = round(timedelta(days=3).total_seconds() * 1000)
"""How far back `trade/fills` reaches; `trade/fills-history` reaches three months, at a sixth of the rate."""
_CLOCKS_DIFFER_BY_MS = 60_000

Ask = Callable[[dict[str, Any]], Awaitable[Any]]


async def orders_since(exchange: Any, symbol: str, since_ms: int) -> list[Any]:
    """Return all orders of a market since a time, oldest first.

    Open orders are asked for first: one that ends in between is in the history by then.
    """
    market = _request(exchange, symbol)
    open_ = await _pages(exchange.privateGetTradeOrdersPending, market, "ordId")
    done = await _pages(exchange.privateGetTradeOrdersHistory, market | {"begin": str(since_ms)}, "ordId")
    return sorted((*open_, *done), key=lambda order: int(order["cTime"]))


async def trades_of_order(exchange: Any, symbol: str, order_id: str) -> list[Any]:
    """Return the fills of one order, of the last three months."""
    request = _request(exchange, symbol) | {"ordId": order_id}
    recent = await _pages(exchange.privateGetTradeFills, request, "billId")
    return recent or await _pages(exchange.privateGetTradeFillsHistory, request, "billId")


async def trades_between(exchange: Any, symbol: str, start_ms: int, end_ms: int) -> list[Any]:
    """Return the fills of a market between two times of the venue's clock."""
    request = _request(exchange, symbol) | {"begin": str(start_ms), "end": str(end_ms)}
    is_recent = start_ms > exchange.nonce() - _RECENT_FILLS_MS + _CLOCKS_DIFFER_BY_MS
    ask = exchange.privateGetTradeFills if is_recent else exchange.privateGetTradeFillsHistory
    return await _pages(ask, request, "billId")


async def open_orders(exchange: Any) -> list[FoundOrder]:
    """Return the open orders of all markets, which are one list here."""
    raw_orders = await _pages(exchange.privateGetTradeOrdersPending, {}, "ordId")
    return [read_order(exchange, raw, is_contract=is_contract(raw)) for raw in raw_orders]


async def _pages(ask: Ask, request: dict[str, Any], id_field: str) -> list[Any]:
    """Ask for page after page, newest first, until one is not full."""
    found: list[Any] = []
    page_of: dict[str, Any] = {}
    while True:
        page = records(await ask({**request, "limit": str(_PAGE), **page_of}))
        found += page
        if len(page) < _PAGE:
            return found
        page_of = {"after": page[-1][id_field]}


def _request(exchange: Any, symbol: str) -> dict[str, Any]:
    market = exchange.market(symbol)
    return {"instType": exchange.convert_to_instrument_type(market["type"]), "instId": market["id"]}
