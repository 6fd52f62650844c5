"""Orders and fills on the spot market."""

from __future__ import annotations

from poise_simulator.binance import order_entry
from poise_simulator.binance.endpoint import Call, Endpoint, Handler, Security, Weigh, by_symbol
from poise_simulator.binance.errors import VenueError, order_unknown
from poise_simulator.binance.exchange_info import interval_words
from poise_simulator.binance.intervals import DAY_MS
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.wire import (
    SIDE_WORDS,
    STATUS_WORDS,
    decimal_text,
    order_type_word,
    time_in_force_word,
)
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Fill, Order, OrderType, Side, TimeInForce

_ANSWER_TYPES = ("ACK", "RESULT", "FULL")


def place(call: Call) -> object:
    """Answer `POST order` as far as `newOrderRespType` asks: FULL by default, ACK for post-only orders."""
    wanted = call.parameters.optional_text("newOrderRespType")
    if wanted is not None and wanted not in _ANSWER_TYPES:
        raise VenueError(-1136, "Invalid newOrderRespType.")
    result, _ = order_entry.place(Market.SPOT, call)
    order = result.order
    if wanted is None:
        is_post_only = order.type is OrderType.LIMIT and order.time_in_force is TimeInForce.POST_ONLY
        wanted = "ACK" if is_post_only else "FULL"
    row: dict[str, object] = {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        "transactTime": order.updated_ms,
    }
    if wanted == "ACK":
        return row
    row |= _state(order)
    row["workingTime"] = order.created_ms
    if wanted == "FULL":
        row["fills"] = [
            {
                "price": decimal_text(fill.price),
                "qty": decimal_text(fill.quantity),
                "commission": decimal_text(fill.commission),
                "commissionAsset": fill.commission_asset,
                "tradeId": fill.trade_id,
            }
            for fill in result.fills
        ]
    return row


def check(call: Call) -> object:
    """Answer `POST order/test`."""
    return order_entry.check(Market.SPOT, call)


def query(call: Call) -> object:
    """Answer `GET order`."""
    order, _ = order_entry.find_order(Market.SPOT, call)
    return _query_row(order)


def cancel(call: Call) -> object:
    """Answer `DELETE order`."""
    order, _ = order_entry.cancel(Market.SPOT, call)
    return _cancel_row(order, call)


def cancel_all(call: Call) -> object:
    """Answer `DELETE openOrders`; -2011 when there are none."""
    instrument = call.venue.instrument(Market.SPOT, call.parameters.symbol())
    canceled = call.venue.exchange.cancel_all(call.account_id, Market.SPOT, instrument.symbol)
    if not canceled:
        raise order_unknown()
    return [_cancel_row(order, call) for order in canceled]


def open_orders(call: Call) -> object:
    """Answer `GET openOrders`."""
    return [_query_row(order) for order, _ in order_entry.open_orders(Market.SPOT, call)]


def all_orders(call: Call) -> object:
    """Answer `GET allOrders`."""
    return [_query_row(order) for order, _ in order_entry.all_orders(Market.SPOT, call, DAY_MS)]


def my_trades(call: Call) -> object:
    """Answer `GET myTrades`: the account's fills of one symbol."""
    return [_fill_row(fill) for fill, _ in order_entry.own_fills(Market.SPOT, call, DAY_MS)]


def order_counts(call: Call) -> object:
    """Answer `GET rateLimit/order`."""
    rows = []
    for window, used in call.venue.limits.order_usage(call.account_id, Pool.SPOT, call.venue.now_ms):
        interval, count = interval_words(window.length_ms)
        rows.append(
            {
                "rateLimitType": "ORDERS",
                "interval": interval,
                "intervalNum": count,
                "limit": window.allowed,
                "count": used,
            }
        )
    return rows


def _state(order: Order) -> dict[str, object]:
    return {
        "price": decimal_text(order.price),
        "origQty": decimal_text(order.quantity),
        "executedQty": decimal_text(order.executed_quantity),
        "origQuoteOrderQty": decimal_text(order.quote_quantity) if order.quote_quantity else "0.00000000",
        "cummulativeQuoteQty": decimal_text(order.executed_quote),
        "status": STATUS_WORDS[order.status],
        "timeInForce": time_in_force_word(order),
        "type": order_type_word(order),
        "side": SIDE_WORDS[order.side],
        "selfTradePreventionMode": "NONE",
    }


def _query_row(order: Order) -> dict[str, object]:
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": order.client_order_id,
        **_state(order),
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": True,
        "workingTime": order.created_ms,
    }


def _cancel_row(order: Order, call: Call) -> dict[str, object]:
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_order_id,
        "orderId": order.order_id,
        "orderListId": -1,
        "clientOrderId": call.parameters.client_order_id("newClientOrderId") or f"cancel{order.order_id}",
        "transactTime": order.updated_ms,
        **_state(order),
    }


def _fill_row(fill: Fill) -> dict[str, object]:
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": -1,
        "price": decimal_text(fill.price),
        "qty": decimal_text(fill.quantity),
        "quoteQty": decimal_text(fill.quote_quantity),
        "commission": decimal_text(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": fill.time_ms,
        "isBuyer": fill.side is Side.BUY,
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def _my_trades_weight(parameters: Parameters) -> int:
    return 5 if "orderId" in parameters else 20


def _signed(method: str, path: str, weigh: int | Weigh, handle: Handler, *, trading: bool = False) -> Endpoint:
    return Endpoint(method, path, weigh, Security.SIGNED, handle, needs_trading=trading)


ENDPOINTS = (
    _signed("POST", "/api/v3/order", 1, place, trading=True),
    _signed("POST", "/api/v3/order/test", 1, check, trading=True),
    _signed("GET", "/api/v3/order", 4, query),
    _signed("DELETE", "/api/v3/order", 1, cancel, trading=True),
    _signed("DELETE", "/api/v3/openOrders", 1, cancel_all, trading=True),
    _signed("GET", "/api/v3/openOrders", by_symbol(6, 80), open_orders),
    _signed("GET", "/api/v3/allOrders", 20, all_orders),
    _signed("GET", "/api/v3/myTrades", _my_trades_weight, my_trades),
    _signed("GET", "/api/v3/rateLimit/order", 40, order_counts),
)
