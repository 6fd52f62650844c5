"""Orders off the wire: parameters to a request, a request to the core, refusals back."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.binance.endpoint import Call
from poise_simulator.binance.errors import VenueError, missing, order_missing
from poise_simulator.binance.parameters import Parameters
from poise_simulator.binance.rate_limits import Pool
from poise_simulator.binance.rejections import from_order_rejection, from_rejection
from poise_simulator.binance.venue import not_simulated
from poise_simulator.binance.wire import SIDES, decimal_places
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import Fill, Order, OrderRequest, OrderResult, OrderType, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected

_TIMES_IN_FORCE = {
    Market.SPOT: {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK},
    Market.FUTURES: {
        "GTC": TimeInForce.GTC,
        "IOC": TimeInForce.IOC,
        "FOK": TimeInForce.FOK,
        "GTX": TimeInForce.POST_ONLY,
    },
}
_CONDITIONAL_TYPES = frozenset(
    {
        "STOP",
        "STOP_MARKET",
        "STOP_LOSS",
        "STOP_LOSS_LIMIT",
        "TAKE_PROFIT",
        "TAKE_PROFIT_LIMIT",
        "TAKE_PROFIT_MARKET",
        "TRAILING_STOP_MARKET",
    }
)
_MAX_DECIMALS = 8
_POOLS = {Market.SPOT: Pool.SPOT, Market.FUTURES: Pool.FUTURES}


def place(market: Market, call: Call) -> tuple[OrderResult, Instrument]:
    """Submit the order that the call's parameters describe; counts against the account's order limits."""
    request, instrument = read_order(market, call)
    call.venue.limits.count_order(call.account_id, _POOLS[market], call.venue.now_ms)
    try:
        return call.venue.exchange.submit(call.account_id, request, handling=call.treatment.handling), instrument
    except Rejected as rejection:
        raise _refused(rejection, request, instrument, call) from rejection


def check(market: Market, call: Call) -> object:
    """Answer `order/test`: all the checks, no order."""
    request, instrument = read_order(market, call)
    try:
        call.venue.exchange.check(call.account_id, request)
    except Rejected as rejection:
        raise _refused(rejection, request, instrument, call) from rejection
    return {}


def _refused(rejection: Rejected, request: OrderRequest, instrument: Instrument, call: Call) -> VenueError:
    exchange = call.venue.exchange
    is_futures = instrument.market is Market.FUTURES
    reference_price = exchange.mark(instrument.symbol).mark if is_futures else Decimal(0)
    return from_order_rejection(rejection, request, instrument, reference_price)


def read_order(market: Market, call: Call) -> tuple[OrderRequest, Instrument]:
    """Read an order's parameters; raises the venue's refusals for what is missing or makes no sense."""
    parameters = call.parameters
    instrument = call.venue.instrument(market, parameters.symbol())
    side = _side(parameters)
    word = parameters.text("type")
    if word in _CONDITIONAL_TYPES:
        raise not_simulated(f"Order type {word}")
    if market is Market.FUTURES:
        _require_one_way(parameters)
    client_order_id = parameters.client_order_id("newClientOrderId")
    if word == "MARKET":
        request = _market_order(market, instrument, side, parameters, client_order_id)
    elif word == "LIMIT" or (word == "LIMIT_MAKER" and market is Market.SPOT):
        request = _limit_order(market, instrument, side, parameters, client_order_id)
    else:
        raise VenueError(-1116, "Invalid orderType.")
    return request, instrument


def _side(parameters: Parameters) -> Side:
    side = SIDES.get(parameters.text("side"))
    if side is None:
        raise VenueError(-1117, "Invalid side.")
    return side


def _require_one_way(parameters: Parameters) -> None:
    if (parameters.optional_text("positionSide") or "BOTH") != "BOTH":
        raise VenueError(-4061, "Order's position side does not match user's setting.")


def _market_order(
    market: Market, instrument: Instrument, side: Side, parameters: Parameters, client_order_id: str | None
) -> OrderRequest:
    for name in ("timeInForce", "price"):
        if name in parameters:
            raise VenueError(-1106, f"Parameter '{name}' sent when not required.")
    quantity = _amount(parameters, "quantity", market, instrument.step_size)
    quote_quantity = None
    if market is Market.SPOT:
        quote_quantity = _amount(parameters, "quoteOrderQty", market, instrument.tick_size)
        if quantity is not None and quote_quantity is not None:
            raise VenueError(-1128, "Combination of optional parameters invalid.")
    if quantity is None and quote_quantity is None:
        raise missing("quantity")
    return OrderRequest(
        market=market,
        symbol=instrument.symbol,
        side=side,
        type=OrderType.MARKET,
        quantity=quantity,
        quote_quantity=quote_quantity,
        client_order_id=client_order_id,
        reduce_only=market is Market.FUTURES and parameters.flag("reduceOnly"),
    )


def _limit_order(
    market: Market, instrument: Instrument, side: Side, parameters: Parameters, client_order_id: str | None
) -> OrderRequest:
    if parameters.text("type") == "LIMIT_MAKER":
        if "timeInForce" in parameters:
            raise VenueError(-1106, "Parameter 'timeInForce' sent when not required.")
        time_in_force = TimeInForce.POST_ONLY
    else:
        found = _TIMES_IN_FORCE[market].get(parameters.text("timeInForce"))
        if found is None:
            raise VenueError(-1115, "Invalid timeInForce.")
        time_in_force = found
    quantity = _amount(parameters, "quantity", market, instrument.step_size)
    if quantity is None:
        raise missing("quantity")
    price = _amount(parameters, "price", market, instrument.tick_size)
    if price is None:
        raise missing("price")
    return OrderRequest(
        market=market,
        symbol=instrument.symbol,
        side=side,
        type=OrderType.LIMIT,
        time_in_force=time_in_force,
        quantity=quantity,
        price=price,
        client_order_id=client_order_id,
        reduce_only=market is Market.FUTURES and parameters.flag("reduceOnly"),
    )


def _amount(parameters: Parameters, name: str, market: Market, unit: Decimal) -> Decimal | None:
    value = parameters.optional_decimal(name)
    if value is None:
        return None
    if market is Market.SPOT:
        if decimal_places(value) > _MAX_DECIMALS:
            raise VenueError(-1111, f"Parameter '{name}' has too much precision.")
    elif decimal_places(value) > decimal_places(unit):
        raise VenueError(-1111, "Precision is over the maximum defined for this asset.")
    return value


def order_reference(parameters: Parameters) -> tuple[int | None, str | None]:
    """Return which order is meant: its id, or its client id; one of both is mandatory."""
    order_id = parameters.optional_integer("orderId")
    client_order_id = parameters.client_order_id("origClientOrderId")
    if order_id is None and client_order_id is None:
        raise VenueError(-1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!")
    return order_id, client_order_id


def find_order(market: Market, call: Call) -> tuple[Order, Instrument]:
    """Return the order that the call names, of any state; raises -2013 when there is none."""
    instrument = call.venue.instrument(market, call.parameters.symbol())
    order_id, client_order_id = order_reference(call.parameters)
    try:
        found = call.shown.order(
            call.account_id, market, instrument.symbol, order_id=order_id, client_order_id=client_order_id
        )
    except Rejected as rejection:
        raise order_missing() from rejection
    return found, instrument


def cancel(market: Market, call: Call) -> tuple[Order, Instrument]:
    """Cancel the open order that the call names; raises -2011 when there is none."""
    instrument = call.venue.instrument(market, call.parameters.symbol())
    order_id, client_order_id = order_reference(call.parameters)
    try:
        canceled = call.venue.exchange.cancel(
            call.account_id, market, instrument.symbol, order_id=order_id, client_order_id=client_order_id
        )
    except Rejected as rejection:
        raise from_rejection(rejection, market) from rejection
    return canceled, instrument


def open_orders(market: Market, call: Call) -> list[tuple[Order, Instrument]]:
    """Return the account's open orders, of one symbol or of all."""
    symbol = call.parameters.optional_symbol()
    if symbol is not None:
        call.venue.instrument(market, symbol)
    found = call.shown.open_orders(call.account_id, market, symbol)
    return [(order, call.venue.instrument(market, order.symbol)) for order in found]


def all_orders(market: Market, call: Call, longest_window_ms: int) -> list[tuple[Order, Instrument]]:
    """Return the account's orders of one symbol in any state, oldest first."""
    parameters = call.parameters
    instrument = call.venue.instrument(market, parameters.symbol())
    start_ms, end_ms = time_window(parameters, longest_window_ms)
    found = call.shown.all_orders(
        call.account_id,
        market,
        instrument.symbol,
        from_order_id=parameters.optional_integer("orderId"),
        start_ms=start_ms,
        end_ms=end_ms,
        limit=parameters.limit(500, 1000),
    )
    return [(order, instrument) for order in found]


def own_fills(market: Market, call: Call, longest_window_ms: int) -> list[tuple[Fill, Instrument]]:
    """Return the account's fills of one symbol, oldest first."""
    parameters = call.parameters
    instrument = call.venue.instrument(market, parameters.symbol())
    start_ms, end_ms = time_window(parameters, longest_window_ms)
    found = call.shown.trades(
        call.account_id,
        market,
        instrument.symbol,
        order_id=parameters.optional_integer("orderId"),
        from_id=parameters.optional_integer("fromId"),
        start_ms=start_ms,
        end_ms=end_ms,
        limit=parameters.limit(500, 1000),
    )
    return [(fill, instrument) for fill in found]


def time_window(parameters: Parameters, longest_ms: int) -> tuple[int | None, int | None]:
    """Return startTime and endTime; raises -1127 for a window longer than the venue searches."""
    start_ms = parameters.optional_integer("startTime")
    end_ms = parameters.optional_integer("endTime")
    if start_ms is not None and end_ms is not None:
        if start_ms > end_ms:
            raise VenueError(-1023, "Start time is greater than end time.")
        if end_ms - start_ms > longest_ms:
            hours = longest_ms // 3_600_000
            raise VenueError(-1127, f"More than {hours} hours between startTime and endTime.")
    return start_ms, end_ms
