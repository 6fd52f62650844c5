"""Orders and fills as an account may ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from operator import attrgetter, itemgetter

from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Fill, Order
from poise_simulator.faults.targets import Target
from poise_simulator.okx.bills import EVERYTHING, fill_bill_id
from poise_simulator.okx.endpoint import PREFIX, Call, Endpoint, Handler, Rows
from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.order_entry import find_order, order_reference, read_instrument
from poise_simulator.okx.order_rows import STATES, fill_row, order_row, order_type
from poise_simulator.okx.paging import newest_first
from poise_simulator.okx.rate_limits import RateLimit, Scope
from poise_simulator.okx.reference_data import INST_TYPES


def one(call: Call) -> Rows:
    """Answer `GET trade/order`; 51603 when there is none."""
    item = read_instrument(call.venue, call.parameters)
    order = find_order(call, item, *order_reference(call.parameters))
    if order is None:
        raise OkxError(51603, "Order does not exist")
    fills = call.shown.trades(
        call.account_id, item.listed.market, item.listed.symbol, order_id=order.order_id, limit=EVERYTHING
    )
    return [order_row(order, fills, item, call.venue.tags.get(order.order_id, ""))]


def pending(call: Call) -> Rows:
    """Answer `GET trade/orders-pending`."""
    orders = (order for market in Market for order in call.shown.open_orders(call.account_id, market))
    return _order_page(call, orders)


def history(call: Call) -> Rows:
    """Answer `GET trade/orders-history` and its archive: what is filled or canceled, of the mandatory type."""
    call.parameters.choice("instType", INST_TYPES)
    orders = (
        order
        for market in Market
        for order in call.shown.all_orders(call.account_id, market, limit=EVERYTHING)
        if not order.status.is_open
    )
    return _order_page(call, orders)


def fills(call: Call) -> Rows:
    """Answer `GET trade/fills` and `GET trade/fills-history`."""
    wanted_id = call.parameters.optional_integer("ordId")
    found = [
        (fill_bill_id(fill, count), fill, item)
        for market in Market
        for count, fill in enumerate(call.shown.trades(call.account_id, market, limit=EVERYTHING))
        if wanted_id in {None, fill.order_id} and _is_wanted(call, item := call.venue.named(market, fill.symbol))
    ]
    page = newest_first(found, call.parameters, id_of=itemgetter(0), time_of=lambda row: row[1].time_ms)
    return [fill_row(bill_id, fill, item, call.venue.tags.get(fill.order_id, "")) for bill_id, fill, item in page]


def _order_page(call: Call, orders: Iterable[Order]) -> Rows:
    parameters = call.parameters
    state, wanted_types = parameters.optional_text("state"), parameters.optional_text("ordType")
    found = [
        order
        for order in orders
        if _is_wanted(call, call.venue.named(order.market, order.symbol))
        and state in {None, STATES[order.status]}
        and (wanted_types is None or order_type(order) in wanted_types.split(","))
    ]
    page = newest_first(found, parameters, id_of=attrgetter("order_id"), time_of=attrgetter("created_ms"))
    by_order = _fills_by_order(call)
    return [
        order_row(
            order,
            by_order[order.order_id],
            call.venue.named(order.market, order.symbol),
            call.venue.tags.get(order.order_id, ""),
        )
        for order in page
    ]


def _fills_by_order(call: Call) -> dict[int, list[Fill]]:
    by_order: dict[int, list[Fill]] = defaultdict(list)
    for market in Market:
        for fill in call.shown.trades(call.account_id, market, limit=EVERYTHING):
            by_order[fill.order_id].append(fill)
    return by_order


def _is_wanted(call: Call, item: OkxInstrument) -> bool:
    parameters = call.parameters
    family = parameters.optional_text("instFamily") or parameters.optional_text("uly")
    return (
        parameters.optional_text("instType") in {None, item.inst_type}
        and parameters.optional_text("instId") in {None, item.inst_id}
        and family in {None, item.family}
    )


def _query(path: str, requests: int, handle: Handler, target: Target, scope: Scope = Scope.USER) -> Endpoint:
    return Endpoint("GET", PREFIX + path, RateLimit(requests, scope), handle, target=target)


ENDPOINTS = (
    _query("trade/order", 60, one, Target.ORDER_QUERY, Scope.USER_AND_INSTRUMENT),
    _query("trade/orders-pending", 60, pending, Target.ORDERS),
    _query("trade/orders-history", 40, history, Target.ORDERS),
    _query("trade/orders-history-archive", 20, history, Target.ORDERS),
    _query("trade/fills", 60, fills, Target.TRADES),
    _query("trade/fills-history", 10, fills, Target.TRADES),
)
