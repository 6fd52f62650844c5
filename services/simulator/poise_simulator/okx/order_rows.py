"""Orders and fills as the venue writes them, over REST and over WebSocket."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from poise_simulator.domain.orders import Fill, Order, OrderStatus, OrderType, Origin, Side, TimeInForce
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.wire import millis, number

ZERO = Decimal(0)

STATES = {
    OrderStatus.NEW: "live",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    # What the exchange ends of its own accord, the venue calls canceled too, and tells why.
    OrderStatus.EXPIRED: "canceled",
}
_ORDER_TYPES = {
    TimeInForce.GTC: "limit",
    TimeInForce.IOC: "ioc",
    TimeInForce.FOK: "fok",
    TimeInForce.POST_ONLY: "post_only",
}
_CANCEL_REASONS = {
    TimeInForce.IOC: ("14", "Order canceled: IOC order was partially canceled due to incompletely filled"),
    TimeInForce.FOK: ("13", "Order canceled: FOK order was canceled due to incompletely filled"),
    TimeInForce.POST_ONLY: ("31", "The post-only order will take liquidity in maker orders"),
}
_BY_USER = ("1", "Order canceled by user")
_BY_SYSTEM = ("0", "Order canceled by system")
_CATEGORIES = {Origin.LIQUIDATION: "full_liquidation", Origin.ADL: "adl"}


def order_type(order: Order) -> str:
    """Return the venue's `ordType`."""
    return "market" if order.type is OrderType.MARKET else _ORDER_TYPES[order.time_in_force]


def client_order_id(given: str) -> str:
    """Return a `clOrdId`, empty for the names that the exchange gives to orders without one."""
    return given if given.isalnum() else ""


def fee_currency(item: OkxInstrument, side: Side) -> str:
    """Return what fees are paid in: what a spot order receives, or what derivatives are settled in."""
    return item.listed.base if side is Side.BUY and not item.is_derivative else item.listed.quote


def order_row(order: Order, fills: Sequence[Fill], item: OkxInstrument, tag: str) -> dict[str, object]:
    """Write an order with what its fills add up to; a fee below 0 is paid."""
    source, reason = _cancel_reason(order)
    last = fills[-1] if fills else None
    is_by_quote = order.quote_quantity is not None
    target = ("quote_ccy" if is_by_quote else "base_ccy") if order.type is OrderType.MARKET else ""
    fee_ccy = fee_currency(item, order.side)
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "ordId": str(order.order_id),
        "clOrdId": client_order_id(order.client_order_id),
        "tag": tag,
        "ccy": "",
        "tgtCcy": "" if item.is_derivative else target,
        "px": "" if order.type is OrderType.MARKET else number(order.price),
        "pxUsd": "",
        "pxVol": "",
        "pxType": "",
        "sz": number(order.quote_quantity) if order.quote_quantity is not None else item.size(order.quantity),
        "ordType": order_type(order),
        "side": order.side.value,
        "posSide": "net" if item.is_derivative else "",
        "tdMode": "cross" if item.is_derivative else "cash",
        "lever": "",
        "state": STATES[order.status],
        "accFillSz": item.size(order.executed_quantity),
        "avgPx": number(order.average_price) if order.executed_quantity else "",
        "fillPx": number(last.price) if last else "",
        "fillSz": item.size(last.quantity) if last else "0",
        "fillTime": millis(last.time_ms) if last else "",
        "tradeId": str(last.trade_id) if last else "",
        "fee": number(-sum((fill.commission for fill in fills), ZERO)),
        "feeCcy": fee_ccy,
        "rebate": "0",
        "rebateCcy": item.listed.quote if fee_ccy == item.listed.base else item.listed.base,
        "pnl": number(sum((fill.realised_pnl for fill in fills), ZERO)),
        "category": _CATEGORIES.get(order.origin, "normal"),
        "reduceOnly": "true" if order.reduce_only else "false",
        "cancelSource": source,
        "cancelSourceReason": reason,
        "source": "",
        "quickMgnType": "",
        "stpId": "",
        "stpMode": "cancel_maker",
        "algoId": "",
        "algoClOrdId": "",
        "attachAlgoClOrdId": "",
        "attachAlgoOrds": [],
        "linkedAlgoOrd": {"algoId": ""},
        "isTpLimit": "false",
        "slOrdPx": "",
        "slTriggerPx": "",
        "slTriggerPxType": "",
        "tpOrdPx": "",
        "tpTriggerPx": "",
        "tpTriggerPxType": "",
        "cTime": millis(order.created_ms),
        "uTime": millis(order.updated_ms),
    }


def fill_row(bill_id: int, fill: Fill, item: OkxInstrument, tag: str) -> dict[str, object]:
    """Write one execution, with the id of its bill."""
    return {
        "instType": item.inst_type.value,
        "instId": item.inst_id,
        "tradeId": str(fill.trade_id),
        "ordId": str(fill.order_id),
        "clOrdId": client_order_id(fill.client_order_id),
        "billId": str(bill_id),
        "subType": "1" if fill.side is Side.BUY else "2",
        "tag": tag,
        "fillPx": number(fill.price),
        "fillSz": item.size(fill.quantity),
        "fillIdxPx": "",
        "fillPnl": number(fill.realised_pnl),
        "fillPxVol": "",
        "fillPxUsd": "",
        "fillMarkVol": "",
        "fillFwdPx": "",
        "fillMarkPx": "",
        "side": fill.side.value,
        "posSide": "net",
        "execType": "M" if fill.is_maker else "T",
        "feeCcy": fill.commission_asset,
        "fee": number(-fill.commission),
        "feeRate": number(-fee_rate(fill, item)),
        "fillTime": millis(fill.time_ms),
        "ts": millis(fill.time_ms),
    }


def fee_rate(fill: Fill, item: OkxInstrument) -> Decimal:
    """Return the rate that a fill's side pays."""
    return item.listed.maker_fee_rate if fill.is_maker else item.listed.taker_fee_rate


def _cancel_reason(order: Order) -> tuple[str, str]:
    match order.status:
        case OrderStatus.CANCELED:
            return _BY_USER
        case OrderStatus.EXPIRED:
            return _CANCEL_REASONS.get(order.time_in_force, _BY_SYSTEM)
        case _:
            return "", ""
