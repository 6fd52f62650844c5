"""The checks an order must pass before anything is matched or reserved."""

from dataclasses import dataclass
from decimal import Decimal
from typing import NoReturn

from poise_simulator.domain.instruments import Instrument, TradingStatus
from poise_simulator.domain.orders import OrderRequest, OrderType, Side, TimeInForce
from poise_simulator.domain.rejections import Rejected, RejectReason


@dataclass(frozen=True, slots=True)
class CheckedOrder:
    """An order on the grid. `lots` is None for one by quote quantity.

    `limit_ticks` bounds every fill: the limit price, or for market orders the venue's price band.
    """

    request: OrderRequest
    lots: int | None
    price_ticks: int | None
    limit_ticks: int


def check_order(instrument: Instrument, request: OrderRequest, reference_price: Decimal) -> CheckedOrder:
    """Apply the instrument's filters around a reference price. Raises `Rejected`."""
    if instrument.status is not TradingStatus.TRADING:
        _reject(RejectReason.TRADING_HALTED, instrument.symbol)
    _check_shape(request)
    floor, ceiling = _price_band(instrument, reference_price)
    if request.type is OrderType.LIMIT:
        price_ticks = _check_price(instrument, request, floor, ceiling)
        limit_ticks = price_ticks
    else:
        price_ticks = None
        limit_ticks = ceiling if request.side is Side.BUY else floor
    lots = None if request.quantity is None else _check_quantity(instrument, request.quantity)
    if not request.reduce_only:
        _check_notional(instrument, request, reference_price)
    return CheckedOrder(request, lots, price_ticks, limit_ticks)


def _check_shape(request: OrderRequest) -> None:
    is_by_quote = request.quote_quantity is not None
    if (request.quantity is None) is not is_by_quote:
        _reject(RejectReason.MALFORMED_ORDER, "give either quantity or quote_quantity")
    if request.type is OrderType.LIMIT:
        if request.price is None:
            _reject(RejectReason.MALFORMED_ORDER, "a limit order needs a price")
        if is_by_quote:
            _reject(RejectReason.MALFORMED_ORDER, "a limit order needs a quantity")
    elif request.price is not None:
        _reject(RejectReason.MALFORMED_ORDER, "a market order has no price")
    elif request.time_in_force is TimeInForce.POST_ONLY:
        _reject(RejectReason.MALFORMED_ORDER, "a market order can't be post-only")
    for value in (request.quantity, request.quote_quantity, request.price):
        if value is not None and not value.is_finite():
            _reject(RejectReason.MALFORMED_ORDER, "not a finite number")


def _price_band(instrument: Instrument, reference_price: Decimal) -> tuple[int, int]:
    deviation = instrument.max_price_deviation
    floor = -int(-(reference_price * deviation.multiplier_down) // instrument.tick_size)
    ceiling = int(reference_price * deviation.multiplier_up // instrument.tick_size)
    return max(floor, 1), ceiling


def _check_price(instrument: Instrument, request: OrderRequest, floor: int, ceiling: int) -> int:
    price = request.price or Decimal(0)
    ticks = instrument.ticks_of(price)
    if ticks is None or ticks <= 0:
        _reject(RejectReason.PRICE_FILTER, f"price {price} is not a positive multiple of {instrument.tick_size}")
    if not floor <= ticks <= ceiling:
        low, high = instrument.price_of(floor), instrument.price_of(ceiling)
        _reject(RejectReason.PERCENT_PRICE, f"price {price} is outside {low} to {high}")
    return ticks


def _check_quantity(instrument: Instrument, quantity: Decimal) -> int:
    lots = instrument.lots_of(quantity)
    if lots is None or not instrument.min_quantity <= quantity <= instrument.max_quantity:
        _reject(
            RejectReason.LOT_SIZE,
            f"quantity {quantity} is not a multiple of {instrument.step_size} "
            f"from {instrument.min_quantity} to {instrument.max_quantity}",
        )
    return lots


def _check_notional(instrument: Instrument, request: OrderRequest, reference_price: Decimal) -> None:
    price = reference_price if request.price is None else request.price
    notional = request.quote_quantity if request.quantity is None else request.quantity * price
    if notional is not None and notional < instrument.min_notional:
        _reject(RejectReason.MIN_NOTIONAL, f"notional {notional} is below {instrument.min_notional}")


def _reject(reason: RejectReason, detail: str) -> NoReturn:
    raise Rejected(reason, detail)
