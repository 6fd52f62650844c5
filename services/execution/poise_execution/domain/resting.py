"""Closings that rest: both legs post-only at the best own price, until a deadline or until one of them runs ahead."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole, OrderStyle
from poise_common.domain.instruments import Side
from poise_execution.domain.order_rules import OrderTerms, fit, is_tradable
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package
from poise_execution.domain.parameters import RestingParameters
from poise_execution.domain.quotes import Quotes
from poise_execution.domain.retakes import Round, taking, trades_within_collar


def rested(
    orders: Sequence[Order], package: Package, quotes: Quotes, parameters: RestingParameters, now: datetime
) -> tuple[Order, ...]:
    """Return a first clip of the orders as post-only ones, or them as they are where not both legs can rest."""
    rest_until = now + timedelta(seconds=parameters.rest_s)
    return _rested(orders, package, quotes, parameters.clip_usd, now=now, rest_until=rest_until)


def next_clip(round_: Round, quotes: Quotes, parameters: RestingParameters) -> tuple[Order, ...]:
    """Return the post-only orders that follow a clip which both legs have filled whole in time; none otherwise."""
    legs = [order for order in round_.orders if order.purpose is OrderPurpose.LEG]
    rest_until = min((order.rest_until for order in legs if order.rest_until is not None), default=round_.now)
    if round_.now >= rest_until or any(
        order.style is not OrderStyle.POST_ONLY or order.filled_quantity < order.quantity for order in legs
    ):
        return ()
    left = [order for role in LegRole if (order := taking(round_, role, round_.package.held(role))) is not None]
    clip = _rested(left, round_.package, quotes, parameters.clip_usd, now=round_.now, rest_until=rest_until)
    return clip if any(order.style is OrderStyle.POST_ONLY for order in clip) else ()


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


def takings(round_: Round, quotes: Quotes) -> tuple[Order, ...]:
    """Return the IOC orders for what resting left of both legs, within the approved collar.

    None where something was taken since, or where one leg is too small to be traded: then only an excess is. None
    either where a price ran away while the legs rested: the other leg would be taken alone.
    """
    legs = [order for order in round_.orders if order.purpose is OrderPurpose.LEG]
    if not legs or any(order.style is OrderStyle.IOC for order in legs):
        return ()
    if not all(trades_within_collar(round_, role, quotes) for role in LegRole):
        return ()
    orders = tuple(order for role in LegRole if (order := taking(round_, role, round_.package.held(role))) is not None)
    return orders if len(orders) == len(LegRole) else ()


def _rested(
    orders: Sequence[Order],
    package: Package,
    quotes: Quotes,
    clip_usd: Decimal,
    *,
    now: datetime,
    rest_until: datetime,
) -> tuple[Order, ...]:
    priced = [(order, price) for order in orders if (price := _resting_price(order, quotes, now)) is not None]
    if len(priced) < len(LegRole):
        return tuple(orders)
    most = _clip_quantities(priced, package, clip_usd)
    resting = []
    for order, price in priced:
        terms = fit(package.instrument(order.role), order.side, min(order.quantity, most[order.role]), price)
        if isinstance(terms, OrderTerms):
            fitted = replace(order, quantity=terms.quantity, limit_price=terms.limit_price)
            resting.append(replace(fitted, style=OrderStyle.POST_ONLY, rest_until=rest_until))
    return tuple(resting) if len(resting) == len(LegRole) else tuple(orders)


def _resting_price(order: Order, quotes: Quotes, now: datetime) -> Decimal | None:
    best_price = quotes.own_side_price(order.instrument_id, order.side, now)
    if best_price is None:
        return None
    return min(best_price, order.limit_price) if order.side is Side.BUY else max(best_price, order.limit_price)


def _clip_quantities(
    priced: Sequence[tuple[Order, Decimal]], package: Package, clip_usd: Decimal
) -> Mapping[LegRole, Decimal]:
    """Return how much of each leg may rest at once; all of it where what it left could not be traded by itself."""
    hedge = package.hedge
    prices = {order.role: price for order, price in priced}
    steps = package.long_instrument.quantity_step, package.short_instrument.quantity_step
    clip = max(clip_usd / hedge.unit_price(prices[LegRole.LONG], prices[LegRole.SHORT]), hedge.coarser_step(*steps))
    clips = dict(zip(LegRole, hedge.on_steps(clip, *steps), strict=True))
    leaves_enough = all(
        order.quantity <= clips[order.role]
        or is_tradable(package.instrument(order.role), order.quantity - clips[order.role], price)
        for order, price in priced
    )
    return clips if leaves_enough else {order.role: order.quantity for order, _ in priced}
