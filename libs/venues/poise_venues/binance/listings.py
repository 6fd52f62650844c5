"""Reading Binance's lists of orders and fills, all their pages, raw."""

from typing import Any

from poise_venues.answers import rows
from poise_venues.binance.orders import read_order
from poise_venues.exchange_mixins import noting_requests
from poise_venues.outcomes import FoundOrder

_PAGE = 1000
_MARKETS_WITH_A_LIST: tuple[dict[str, Any], ...] = ({"type": "spot"}, {"type": "swap", "subType": "linear"})


async def orders_since(exchange: Any, symbol: str, since_ms: int) -> list[Any]:
    """Return all orders of a market since a time."""
    orders: list[Any] = []
    since: int | None = since_ms
    params: dict[str, Any] = {}
    while True:
        with noting_requests() as notes:
            await exchange.fetch_orders(symbol, since, _PAGE, params)
        page = rows(notes[-1].answer)
        orders += page
        if len(page) < _PAGE:
            return orders
        since, params = None, {"orderId": max(int(order["orderId"]) for order in page) + 1}


async def trades_of_order(exchange: Any, symbol: str, order_id: str) -> list[Any]:
    """Return the fills of one order."""
    return await _trades(exchange, symbol, {"orderId": order_id}, {"orderId": order_id})


async def trades_between(exchange: Any, symbol: str, start_ms: int, end_ms: int) -> list[Any]:
    """Return the fills of a market within a day; of later pages beyond it too."""
    return await _trades(exchange, symbol, {"startTime": start_ms, "endTime": end_ms}, {})


async def open_orders(exchange: Any) -> list[FoundOrder]:
    """Return the open orders of all markets, in one request a market."""
    orders: list[FoundOrder] = []
    for market in _MARKETS_WITH_A_LIST:
        with noting_requests() as notes:
            await exchange.fetch_open_orders(None, None, None, dict(market))
        is_contract = market["type"] != "spot"
        orders += [read_order(exchange, raw, is_contract=is_contract) for raw in rows(notes[-1].answer)]
    return orders


async def _trades(exchange: Any, symbol: str, first: dict[str, Any], following: dict[str, Any]) -> list[Any]:
    trades: list[Any] = []
    params = first
    while True:
        with noting_requests() as notes:
            await exchange.fetch_my_trades(symbol, None, _PAGE, params)
        page = rows(notes[-1].answer)
        trades += page
        if len(page) < _PAGE:
            return trades
        params = {**following, "fromId": max(int(trade["id"]) for trade in page) + 1}
