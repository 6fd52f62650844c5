"""Orders off the wire: a row to a request, a request to the exchange, refusals back as rows."""

from __future__ import annotations

import re
from collections.abc import Callable

from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Order, OrderRequest, OrderType, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.okx.endpoint import Call, Outcome
from poise_simulator.okx.errors import OkxError, either_is_required, no_such_instrument, not_simulated, wrong
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.order_refusals import cancel_refused, from_order_rejection
from poise_simulator.okx.parameters import Parameters
from poise_simulator.okx.rejections import from_rejection
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.okx.wire import millis

ROWS_MAX = 20
"""The venue takes so many orders or cancels in one batch."""

_CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_TAG = re.compile(r"[A-Za-z0-9]{1,16}")
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_LIMIT_TYPES = {
    "limit": TimeInForce.GTC,
    "post_only": TimeInForce.POST_ONLY,
    "ioc": TimeInForce.IOC,
    "fok": TimeInForce.FOK,
}
_MARKET_TYPES = {"market", "optimal_limit_ioc"}
_TRADE_MODES = {"cash", "cross", "isolated"}

Row = dict[str, object]
Act = Callable[[Call, Parameters], Row]


def place(call: Call, row: Parameters) -> Row:
    """Submit the order that a row describes; raises `OkxError`."""
    venue, account_id = call.venue, call.account_id
    request, item, tag = read_order(venue, account_id, row)
    try:
        order = venue.exchange.submit(account_id, request, handling=call.treatment.handling).order
    except Rejected as rejection:
        raise from_order_rejection(rejection, request, item) from rejection
    if tag:
        venue.tags[order.order_id] = tag
    return {
        "ordId": str(order.order_id),
        "clOrdId": request.client_order_id or "",
        "tag": tag,
        "ts": millis(venue.now_ms),
        "sCode": "0",
        "sMsg": "Order placed",
    }


def cancel(call: Call, row: Parameters) -> Row:
    """Cancel the open order that a row names; raises `OkxError` when there is none."""
    venue, item = call.venue, read_instrument(call.venue, row)
    order_id, client_id = order_reference(row)
    market, symbol = item.listed.market, item.listed.symbol
    try:
        order = venue.exchange.cancel(call.account_id, market, symbol, order_id=order_id, client_order_id=client_id)
    except Rejected as rejection:
        raise cancel_refused(find_order(call, item, order_id, client_id)) from rejection
    return {
        "ordId": str(order.order_id),
        "clOrdId": client_id or "",
        "ts": millis(venue.now_ms),
        "sCode": "0",
        "sMsg": "",
    }


def each(call: Call, act: Act) -> Outcome:
    """Do something for every row of a request; a row that is refused says so itself."""
    if len(call.rows) > ROWS_MAX:
        raise OkxError(51111, f"Maximum {ROWS_MAX} orders can be placed in bulk.")
    rows, refused = [], 0
    for row in call.rows:
        try:
            rows.append(act(call, row))
        except OkxError as error:
            refused += 1
            rows.append(_refused_row(error, row, call.venue))
    if refused == 0:
        return Outcome(rows)
    return (
        Outcome(rows, "1", "All operations failed")
        if refused == len(rows)
        else Outcome(rows, "2", "Bulk operation partially succeeded")
    )


def read_order(venue: OkxVenue, account_id: str, row: Parameters) -> tuple[OrderRequest, OkxInstrument, str]:
    """Read an order's row into a request, its instrument and its tag; raises what the venue refuses."""
    item = read_instrument(venue, row)
    _check_mode(item, row)
    word = row.text("ordType")
    is_market = word in _MARKET_TYPES
    if not is_market and word not in _LIMIT_TYPES:
        raise wrong("ordType")
    if "attachAlgoOrds" in row:
        raise not_simulated("attachAlgoOrds")
    side = _SIDES[row.choice("side", _SIDES)]
    client_id = _matched(row, "clOrdId", _CLIENT_ORDER_ID)
    if client_id is not None:
        _refuse_duplicate(venue, account_id, client_id)
    size = row.decimal("sz")
    if size <= 0:
        raise wrong("sz")
    is_by_quote = is_market and not item.is_derivative and _is_by_quote(row, side)
    request = OrderRequest(
        market=item.listed.market,
        symbol=item.listed.symbol,
        side=side,
        type=OrderType.MARKET if is_market else OrderType.LIMIT,
        quantity=None if is_by_quote else item.quantity_of(size),
        price=None if is_market else row.decimal("px"),
        time_in_force=TimeInForce.GTC if is_market else _LIMIT_TYPES[word],
        quote_quantity=size if is_by_quote else None,
        client_order_id=client_id,
        # On spot the venue takes the flag and makes nothing of it.
        reduce_only=item.is_derivative and row.flag("reduceOnly"),
    )
    return request, item, _matched(row, "tag", _TAG) or ""


def read_instrument(venue: OkxVenue, row: Parameters) -> OkxInstrument:
    """Return the instrument that a row names by `instId` or by `instIdCode`; raises 50015 without either."""
    inst_id = row.optional_text("instId")
    if inst_id is not None:
        return venue.instrument(inst_id)
    code = row.optional_integer("instIdCode")
    if code is None:
        raise either_is_required("instId", "instIdCode")
    found = venue.names.find_code(code)
    if found is None:
        raise no_such_instrument()
    return found


def order_reference(row: Parameters) -> tuple[int | None, str | None]:
    """Return which order is meant: its id, which counts if both are sent, or its client id. Raises 51003."""
    order_id = row.optional_integer("ordId")
    client_id = row.optional_text("clOrdId")
    if order_id is None and client_id is None:
        raise OkxError(51003, "Either client order ID or order ID is required.")
    return order_id, client_id if order_id is None else None


def find_order(call: Call, item: OkxInstrument, order_id: int | None, client_id: str | None) -> Order | None:
    """Return an order of any state as the request gets to see it, None where there is none."""
    market, symbol = item.listed.market, item.listed.symbol
    try:
        return call.shown.order(call.account_id, market, symbol, order_id=order_id, client_order_id=client_id)
    except Rejected:
        return None


def _check_mode(item: OkxInstrument, row: Parameters) -> None:
    mode = row.choice("tdMode", _TRADE_MODES)
    if mode != ("cross" if item.is_derivative else "cash"):
        if mode == "cash":
            raise wrong("tdMode")
        raise not_simulated(f"tdMode {mode} of {item.inst_type}")
    if row.optional_text("posSide") not in {None, "net"}:
        raise wrong("posSide")


def _is_by_quote(row: Parameters, side: Side) -> bool:
    """Tell whether a spot market order's size is in quote units: a purchase's is, unless it says otherwise."""
    usual = "quote_ccy" if side is Side.BUY else "base_ccy"
    return row.choice("tgtCcy", {"base_ccy", "quote_ccy"}, default=usual) == "quote_ccy"


def _matched(row: Parameters, name: str, pattern: re.Pattern[str]) -> str | None:
    value = row.optional_text(name)
    if value is not None and pattern.fullmatch(value) is None:
        raise wrong(name)
    return value


def _refuse_duplicate(venue: OkxVenue, account_id: str, client_id: str) -> None:
    """Raise 51016 for the client id of an order that is open, in whatever instrument."""
    for market in Market:
        if any(order.client_order_id == client_id for order in venue.exchange.open_orders(account_id, market)):
            raise from_rejection(Rejected(RejectReason.DUPLICATE_CLIENT_ORDER_ID, client_id))


def _refused_row(error: OkxError, row: Parameters, venue: OkxVenue) -> Row:
    return {
        "ordId": "",
        "clOrdId": _readable(row, "clOrdId"),
        "tag": _readable(row, "tag"),
        "ts": millis(venue.now_ms),
        "sCode": str(error.code),
        "sMsg": error.message,
    }


def _readable(row: Parameters, name: str) -> str:
    try:
        return row.optional_text(name) or ""
    except OkxError:
        return ""
