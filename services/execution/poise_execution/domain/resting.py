"""Closings that rest: both legs post-only at the best own price, until a deadline or until one of them runs ahead."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole, OrderStyle
from poise_common.domain.instruments import Side
from poise_execution.domain.order_rules import OrderTerms, fit
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package
from poise_execution.domain.parameters import RestingParameters
from poise_execution.domain.quotes import Quotes
from poise_execution.domain.retakes import Round, taking


def rested(
    orders: Sequence[Order], package: Package, quotes: Quotes, parameters: RestingParameters, now: datetime
) -> tuple[Order, ...]:
    """Return the orders as post-only ones, or as they are where not both legs can rest."""
    rest_until = now + timedelta(seconds=parameters.rest_s)
    resting = tuple(order for each in orders if (order := _rested(each, package, quotes, rest_until, now)) is not None)
    return resting if len(resting) == len(LegRole) else tuple(orders)


def why_resting_ends(orders: Sequence[Order], imbalance_usd: Decimal, cap_usd: Decimal, now: datetime) -> str | None:
    """Say why what rests of an approval is to go now, or None; the imbalance is of what is shown as filled."""
    resting = [order for order in orders if order.style is OrderStyle.POST_ONLY]
    if any(order.rest_until is not None and now >= order.rest_until for order in resting):
        return "its time is over"
    if abs(imbalance_usd) > cap_usd:
        return "one leg is ahead of the other"
    if any(not order.is_in_doubt and order.filled_quantity < order.quantity for order in resting):
        return "the other leg does not rest any more"
    return None


def takings(round_: Round) -> tuple[Order, ...]:
    """Return the IOC orders for what resting left of both legs, within the approved collar.

    None where something was taken since, or where one leg is too small to be traded: then only an excess is.
    """
    legs = [order for order in round_.orders if order.purpose is OrderPurpose.LEG]
    if not legs or any(order.style is OrderStyle.IOC for order in legs):
        return ()
    orders = tuple(order for role in LegRole if (order := taking(round_, role, round_.package.held(role))) is not None)
    return orders if len(orders) == len(LegRole) else ()


def _rested(order: Order, package: Package, quotes: Quotes, rest_until: datetime, now: datetime) -> Order | None:
    best_price = quotes.own_side_price(order.instrument_id, order.side, now)
    if best_price is None:
        return None
    price = min(best_price, order.limit_price) if order.side is Side.BUY else max(best_price, order.limit_price)
    terms = fit(package.instrument(order.role), order.side, order.quantity, price)
    if not isinstance(terms, OrderTerms):
        return None
    return replace(order, limit_price=terms.limit_price, style=OrderStyle.POST_ONLY, rest_until=rest_until)
