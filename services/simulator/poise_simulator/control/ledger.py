"""What the venue itself would swear to: its count of every order and fill."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from poise_simulator.binance.wire import SIDE_WORDS, STATUS_WORDS, decimal_text, order_type_word
from poise_simulator.control.answers import json_answer
from poise_simulator.domain.orders import Fill, Order
from poise_simulator.protocol.served import ServedExchange

_EVERYTHING = 10_000_000


def ledger_routes(
    venue: ServedExchange, about: dict[str, object], state: Callable[[], dict[str, object]]
) -> list[web.RouteDef]:
    """Return `/healthz`, `/sim/v1/info` and `/sim/v1/ledger`."""

    async def health(_: web.Request) -> web.Response:
        return json_answer(state())

    async def info(_: web.Request) -> web.Response:
        return json_answer({**about, "now_ms": venue.now_ms, "accounts": list(venue.exchange.account_ids())})

    async def ledger(request: web.Request) -> web.Response:
        venue.synchronise()
        wanted = request.query.get("account")
        known = venue.exchange.account_ids()
        if wanted is not None and wanted not in known:
            return json_answer({"error": f"no account {wanted!r}", "accounts": list(known)}, HTTPStatus.NOT_FOUND)
        with_rows = request.query.get("rows") == "true"
        chosen = known if wanted is None else [wanted]
        return json_answer({"accounts": [_account_ledger(venue, item, with_rows=with_rows) for item in chosen]})

    return [
        web.get("/healthz", health),
        web.get("/sim/v1/info", info),
        web.get("/sim/v1/ledger", ledger),
    ]


def _account_ledger(venue: ServedExchange, account_id: str, *, with_rows: bool) -> dict[str, object]:
    exchange = venue.exchange
    count = exchange.ledger_count(account_id)
    answer: dict[str, object] = {
        "account_id": account_id,
        "venue_orders": count.orders,
        "venue_fills": count.fills,
        "liquidations": count.liquidations,
        "orders_by_client_order_id": dict(count.orders_by_client_order_id),
        "fills_by_client_order_id": dict(count.fills_by_client_order_id),
    }
    if with_rows:
        answer["orders"] = [
            _order_row(order)
            for market, symbol in exchange.instruments
            for order in exchange.all_orders(account_id, market, symbol, limit=_EVERYTHING)
        ]
        answer["fills"] = [
            _fill_row(fill)
            for market, symbol in exchange.instruments
            for fill in exchange.trades(account_id, market, symbol, limit=_EVERYTHING)
        ]
    return answer


def _order_row(order: Order) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "market": order.market,
        "symbol": order.symbol,
        "side": SIDE_WORDS[order.side],
        "type": order_type_word(order),
        "status": STATUS_WORDS[order.status],
        "price": decimal_text(order.price),
        "quantity": decimal_text(order.quantity),
        "executed_quantity": decimal_text(order.executed_quantity),
        "executed_quote": decimal_text(order.executed_quote),
        "origin": order.origin,
        "created_ms": order.created_ms,
        "updated_ms": order.updated_ms,
    }


def _fill_row(fill: Fill) -> dict[str, object]:
    return {
        "trade_id": fill.trade_id,
        "order_id": fill.order_id,
        "client_order_id": fill.client_order_id,
        "market": fill.market,
        "symbol": fill.symbol,
        "side": SIDE_WORDS[fill.side],
        "price": decimal_text(fill.price),
        "quantity": decimal_text(fill.quantity),
        "commission": decimal_text(fill.commission, 12),
        "commission_asset": fill.commission_asset,
        "realised_pnl": decimal_text(fill.realised_pnl, 12),
        "is_maker": fill.is_maker,
        "origin": fill.origin,
        "time_ms": fill.time_ms,
    }
