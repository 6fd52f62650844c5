"""What the matching core refuses, in the venue's codes and words."""

from __future__ import annotations

from decimal import Decimal

from poise_simulator.binance.errors import VenueError, invalid_symbol, order_unknown
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.orders import OrderRequest
from poise_simulator.domain.rejections import Rejected, RejectReason

_SPOT: dict[RejectReason, tuple[int, str]] = {
    RejectReason.TRADING_HALTED: (-1013, "Market is closed."),
    RejectReason.PRICE_FILTER: (-1013, "Filter failure: PRICE_FILTER"),
    RejectReason.LOT_SIZE: (-1013, "Filter failure: LOT_SIZE"),
    RejectReason.MIN_NOTIONAL: (-1013, "Filter failure: NOTIONAL"),
    RejectReason.PERCENT_PRICE: (-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"),
    RejectReason.INSUFFICIENT_BALANCE: (-2010, "Account has insufficient balance for requested action."),
    RejectReason.POST_ONLY_WOULD_TAKE: (-2010, "Order would immediately match and take."),
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: (-2010, "Duplicate order sent."),
    RejectReason.MALFORMED_ORDER: (-1128, "Combination of optional parameters invalid."),
    RejectReason.INVALID_AMOUNT: (-1013, "Invalid quantity."),
}

_FUTURES: dict[RejectReason, tuple[int, str]] = {
    RejectReason.TRADING_HALTED: (-4141, "Symbol is closed."),
    RejectReason.PRICE_FILTER: (-4014, "Price not increased by tick size."),
    RejectReason.LOT_SIZE: (-1111, "Precision is over the maximum defined for this asset."),
    RejectReason.PERCENT_PRICE: (
        -4131,
        "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
    ),
    RejectReason.INSUFFICIENT_BALANCE: (-2019, "Margin is insufficient."),
    RejectReason.INSUFFICIENT_MARGIN: (-2019, "Margin is insufficient."),
    RejectReason.REDUCE_ONLY_REJECTED: (-2022, "ReduceOnly Order is rejected."),
    RejectReason.POST_ONLY_WOULD_TAKE: (
        -5022,
        (
            "Due to the order could not be executed as maker, the Post Only order will be rejected. "
            "The order will not be recorded in the order history"
        ),
    ),
    RejectReason.DUPLICATE_CLIENT_ORDER_ID: (-4116, "ClientOrderId is duplicated."),
    RejectReason.MAX_POSITION: (-2027, "Exceeded the maximum allowable position at current leverage."),
    RejectReason.MALFORMED_ORDER: (-1128, "Combination of optional parameters invalid."),
    RejectReason.UNSUPPORTED_MARGIN_TYPE: (-1000, "Isolated margin is not simulated."),
    RejectReason.UNSUPPORTED_POSITION_MODE: (-1000, "Hedge mode is not simulated."),
    RejectReason.INVALID_AMOUNT: (-4003, "Quantity less than or equal to zero."),
}


def from_rejection(rejection: Rejected, market: Market) -> VenueError:
    """Translate a refusal that needs no look at the order."""
    if rejection.reason is RejectReason.UNKNOWN_SYMBOL:
        return invalid_symbol()
    if rejection.reason is RejectReason.UNKNOWN_ORDER:
        return order_unknown()
    code, message = (_SPOT if market is Market.SPOT else _FUTURES).get(
        rejection.reason, (-1000, f"An unknown error occurred while processing the request: {rejection}")
    )
    return VenueError(code, message)


def from_order_rejection(
    rejection: Rejected, request: OrderRequest, instrument: Instrument, reference_price: Decimal
) -> VenueError:
    """Translate a refused order, naming which side of which filter it broke where the venue does."""
    if request.market is Market.SPOT:
        if rejection.reason is RejectReason.LOT_SIZE and request.quantity == 0:
            return VenueError(-1013, "Invalid quantity.")
        if rejection.reason is RejectReason.PRICE_FILTER and request.price == 0:
            return VenueError(-1013, "Invalid price.")
        return from_rejection(rejection, Market.SPOT)
    if rejection.reason is RejectReason.PERCENT_PRICE and request.price is not None:
        return _futures_percent_price(request.price, reference_price)
    precise = {
        RejectReason.LOT_SIZE: _futures_quantity,
        RejectReason.PRICE_FILTER: _futures_price,
        RejectReason.MIN_NOTIONAL: _futures_notional,
    }.get(rejection.reason)
    found = precise(request, instrument) if precise is not None else None
    return found if found is not None else from_rejection(rejection, Market.FUTURES)


def _futures_quantity(request: OrderRequest, instrument: Instrument) -> VenueError | None:
    quantity = request.quantity if request.quantity is not None else Decimal(0)
    if quantity <= 0:
        return VenueError(-4003, "Quantity less than or equal to zero.")
    if quantity < instrument.min_quantity:
        return VenueError(-4004, "Quantity less than min quantity.")
    if quantity > instrument.max_quantity:
        return VenueError(-4005, "Quantity greater than max quantity.")
    return None


def _futures_price(request: OrderRequest, _: Instrument) -> VenueError | None:
    if request.price is not None and request.price <= 0:
        return VenueError(-4001, "Price less than 0.")
    return None


def _futures_percent_price(price: Decimal, reference_price: Decimal) -> VenueError:
    if price > reference_price:
        return VenueError(-4016, "Limit price can't be higher than the PERCENT_PRICE filter limit.")
    return VenueError(-4024, "Limit price can't be lower than the PERCENT_PRICE filter limit.")


def _futures_notional(_: OrderRequest, instrument: Instrument) -> VenueError:
    return VenueError(
        -4164,
        f"Order's notional must be no smaller than {instrument.min_notional.normalize():f} "
        "(unless you choose reduce only).",
    )
