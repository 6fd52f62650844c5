"""What the exchange refuses of an order, in the venue's codes and words."""

from __future__ import annotations

from poise_simulator.domain.orders import Order, OrderRequest, OrderStatus, OrderType, Side
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.instruments import OkxInstrument
from poise_simulator.okx.rejections import from_rejection
from poise_simulator.okx.wire import number

_TOO_SMALL = (51020, "Your order should meet or exceed the minimum order amount.")


def from_order_rejection(rejection: Rejected, request: OrderRequest, item: OkxInstrument) -> OkxError:
    """Translate a refused order, naming what the venue names."""
    quote = item.listed.quote
    spent = quote if request.side is Side.BUY else item.listed.base
    named: dict[RejectReason, tuple[int, str]] = {
        RejectReason.INSUFFICIENT_BALANCE: (51008, f"Order failed. Insufficient {spent} balance in account"),
        RejectReason.INSUFFICIENT_MARGIN: (51008, f"Order failed. Insufficient {quote} margin in account"),
        RejectReason.MIN_NOTIONAL: _TOO_SMALL,
        RejectReason.MAX_POSITION: (
            51004,
            f"Order failed. {item.inst_id}: position and orders would exceed the limit of your leverage.",
        ),
        RejectReason.PERCENT_PRICE: (51006, f"Order price is not within the price limit ({rejection.detail})."),
    }
    if rejection.reason is RejectReason.LOT_SIZE:
        return OkxError(*_size_refused(request, item))
    words = named.get(rejection.reason)
    return from_rejection(rejection) if words is None else OkxError(*words)


def cancel_refused(order: Order | None) -> OkxError:
    """Return the refusal to cancel an order that isn't open: never there, filled, or canceled before."""
    if order is None:
        return OkxError(51400, "Cancellation failed as the order does not exist.")
    if order.status is OrderStatus.FILLED:
        return OkxError(51402, "Cancellation failed as the order is already completed.")
    return OkxError(51401, "Cancellation failed as the order is already canceled.")


def _size_refused(request: OrderRequest, item: OkxInstrument) -> tuple[int, str]:
    quantity = request.quantity
    if quantity is None or quantity < item.listed.min_quantity:
        return _TOO_SMALL
    if quantity > item.listed.max_quantity:
        if request.type is OrderType.MARKET:
            return 51202, "Market order amount exceeds the max amount."
        return 51101, f"Order amount exceeds the max order amount of {number(item.max_size)}."
    return 51121, "Order quantity must be a multiple of the lot size."
