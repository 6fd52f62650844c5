"""Orders and fills on the USD-margined perpetuals."""

from __future__ import annotations

from dataclasses import replace

import orjson

from poise_simulator.binance import order_entry
from poise_simulator.binance.endpoint import Call, Endpoint, Handler, Security, Weigh, by_symbol
from poise_simulator.binance.errors import VenueError, not_valid, order_missing
from poise_simulator.binance.exchange_info import interval_words
from poise_simulator.binance.intervals import DAY_MS
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.wire import (
    SIDE_WORDS,
    STATUS_WORDS,
    decimal_text,
    order_type_word,
    price_places,
    quantity_places,
    time_in_force_word,
)
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import Fill, Order, Side

_WEEK_MS = 7 * DAY_MS
_BATCH_MAX = 5


def place(call: Call) -> object:
    """Answer `POST order`: the order as sent (ACK, the default), or with what came of it (RESULT)."""
    wanted = call.parameters.optional_text("newOrderRespType") or "ACK"
    if wanted not in {"ACK", "RESULT"}:
        raise VenueError(-1136, "Invalid newOrderRespType.")
    result, instrument = order_entry.place(Market.FUTURES, call)
    row = order_row(result.order, instrument)
    row["cumQty"] = row["executedQty"]
    if wanted == "ACK":
        zero_quantity = decimal_text(0 * result.order.quantity, quantity_places(instrument))
        row |= {"status": "NEW", "executedQty": zero_quantity, "cumQty": zero_quantity}
        row |= {"cumQuote": decimal_text(0 * result.order.executed_quote), "avgPrice": "0.00"}
    return row


def check(call: Call) -> object:
    """Answer `POST order/test`."""
    return order_entry.check(Market.FUTURES, call)


def place_batch(call: Call) -> object:
    """Answer `POST batchOrders`: each order's answer or refusal, in the order sent."""
    answers: list[object] = []
    for entry in _batch(call.parameters, "batchOrders"):
        if not isinstance(entry, dict):
            raise not_valid("batchOrders")
        values = {str(name): _sent_text(value) for name, value in entry.items()}
        one = replace(call, parameters=Parameters(values))
        try:
            answers.append(place(one))
        except VenueError as error:
            answers.append(error.body())
    return answers


def cancel_batch(call: Call) -> object:
    """Answer `DELETE batchOrders`, by order ids or client ids; clients write the lists' names in any case."""
    symbol = call.parameters.symbol()
    parameters = call.parameters.ignoring_case()
    if "orderidlist" in parameters:
        named = [{"orderId": str(item)} for item in _batch(parameters, "orderidlist")]
    else:
        named = [{"origClientOrderId": str(item)} for item in _batch(parameters, "origclientorderidlist")]
    answers: list[object] = []
    for reference in named:
        one = replace(call, parameters=Parameters({"symbol": symbol, **reference}))
        try:
            answers.append(cancel(one))
        except VenueError as error:
            answers.append(error.body())
    return answers


def query(call: Call) -> object:
    """Answer `GET order`."""
    return _query_row(*order_entry.find_order(Market.FUTURES, call))


def query_open(call: Call) -> object:
    """Answer `GET openOrder`; -2013 unless the order is open."""
    order, instrument = order_entry.find_order(Market.FUTURES, call)
    if not order.status.is_open:
        raise order_missing()
    return _query_row(order, instrument)


def cancel(call: Call) -> object:
    """Answer `DELETE order`."""
    order, instrument = order_entry.cancel(Market.FUTURES, call)
    row = order_row(order, instrument)
    row["cumQty"] = row["executedQty"]
    return row


def cancel_all(call: Call) -> object:
    """Answer `DELETE allOpenOrders`."""
    instrument = call.venue.instrument(Market.FUTURES, call.parameters.symbol())
    call.venue.exchange.cancel_all(call.account_id, Market.FUTURES, instrument.symbol)
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def cancel_all_after(call: Call) -> object:
    """Answer `POST countdownCancelAll`: cancels the symbol's orders unless renewed in time; 0 stops it."""
    instrument = call.venue.instrument(Market.FUTURES, call.parameters.symbol())
    countdown_ms = call.parameters.integer("countdownTime")
    call.venue.exchange.cancel_all_after(call.account_id, instrument.symbol, countdown_ms)
    return {"symbol": instrument.symbol, "countdownTime": str(countdown_ms)}


def open_orders(call: Call) -> object:
    """Answer `GET openOrders`."""
    return [_query_row(*found) for found in order_entry.open_orders(Market.FUTURES, call)]


def all_orders(call: Call) -> object:
    """Answer `GET allOrders`."""
    return [_query_row(*found) for found in order_entry.all_orders(Market.FUTURES, call, _WEEK_MS)]


def user_trades(call: Call) -> object:
    """Answer `GET userTrades`: the account's fills of one symbol."""
    return [_fill_row(fill, instrument) for fill, instrument in order_entry.own_fills(Market.FUTURES, call, _WEEK_MS)]


def order_counts(call: Call) -> object:
    """Answer `GET rateLimit/order`."""
    rows = []
    for window, _ in call.venue.limits.order_usage(call.account_id, Pool.FUTURES, call.venue.now_ms):
        interval, count = interval_words(window.length_ms)
        rows.append(
            {
                "rateLimitType": "ORDERS",
                "interval": interval,
                "intervalNum": count,
                "limit": window.allowed,
            }
        )
    return rows


def order_row(order: Order, instrument: Instrument) -> dict[str, object]:
    """Write an order as the futures API does."""
    price, quantity = price_places(instrument), quantity_places(instrument)
    type_word = order_type_word(order)
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": STATUS_WORDS[order.status],
        "clientOrderId": order.client_order_id,
        "price": decimal_text(order.price, price),
        "avgPrice": decimal_text(order.average_price),
        "origQty": decimal_text(order.quantity, quantity),
        "executedQty": decimal_text(order.executed_quantity, quantity),
        "cumQuote": decimal_text(order.executed_quote),
        "timeInForce": time_in_force_word(order),
        "type": type_word,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": SIDE_WORDS[order.side],
        "positionSide": "BOTH",
        "stopPrice": decimal_text(0 * order.price, price),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": type_word,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
        "updateTime": order.updated_ms,
    }


def _query_row(order: Order, instrument: Instrument) -> dict[str, object]:
    return {**order_row(order, instrument), "time": order.created_ms}


def _fill_row(fill: Fill, instrument: Instrument) -> dict[str, object]:
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "side": SIDE_WORDS[fill.side],
        "price": decimal_text(fill.price, price_places(instrument)),
        "qty": decimal_text(fill.quantity, quantity_places(instrument)),
        "realizedPnl": decimal_text(fill.realised_pnl),
        "quoteQty": decimal_text(fill.quote_quantity),
        "commission": decimal_text(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": fill.time_ms,
        "positionSide": "BOTH",
        "buyer": fill.side is Side.BUY,
        "maker": fill.is_maker,
    }


def _batch(parameters: Parameters, name: str) -> list[object]:
    try:
        entries = orjson.loads(parameters.text(name))
    except orjson.JSONDecodeError:
        raise not_valid(name) from None
    if not isinstance(entries, list) or not 0 < len(entries) <= _BATCH_MAX:
        raise VenueError(-4082, "Invalid number of batch place orders.")
    return entries


def _sent_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _signed(method: str, path: str, weigh: int | Weigh, handle: Handler, *, trading: bool = False) -> Endpoint:
    return Endpoint(method, f"/fapi/v1/{path}", weigh, Security.SIGNED, handle, needs_trading=trading)


ENDPOINTS = (
    _signed("POST", "order", 0, place, trading=True),
    _signed("POST", "order/test", 0, check, trading=True),
    _signed("POST", "batchOrders", 5, place_batch, trading=True),
    _signed("GET", "order", 1, query),
    _signed("GET", "openOrder", 1, query_open),
    _signed("DELETE", "order", 1, cancel, trading=True),
    _signed("DELETE", "batchOrders", 1, cancel_batch, trading=True),
    _signed("DELETE", "allOpenOrders", 1, cancel_all, trading=True),
    _signed("POST", "countdownCancelAll", 10, cancel_all_after, trading=True),
    _signed("GET", "openOrders", by_symbol(1, 40), open_orders),
    _signed("GET", "allOrders", 5, all_orders),
    _signed("GET", "userTrades", 5, user_trades),
    _signed("GET", "rateLimit/order", 1, order_counts),
)
