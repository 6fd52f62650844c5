"""A venue's trading rules, checked before anything is sent."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from poise_common.domain.instruments import Instrument, Side


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """Quantity and limit price as the venue takes them: no larger and no worse than what was asked."""

    quantity: Decimal
    limit_price: Decimal


@dataclass(frozen=True, slots=True)
class Untradable:
    """The venue would refuse the order, and why."""

    reason: str


def fit(instrument: Instrument, side: Side, quantity: Decimal, limit_price: Decimal) -> OrderTerms | Untradable:
    """Fit an order to the instrument's step, tick and minimums, rounding towards less quantity and a better price."""
    terms = OrderTerms(instrument.round_quantity(quantity), inward_price(instrument, side, limit_price))
    if terms.limit_price <= 0:
        return Untradable(f"{instrument.symbol}: limit price {limit_price} is below one tick {instrument.price_tick}")
    if terms.quantity <= 0 or terms.quantity < instrument.min_quantity:
        return Untradable(f"{instrument.symbol}: quantity {quantity} is below the minimum {instrument.min_quantity}")
    notional = terms.quantity * terms.limit_price
    if notional < instrument.min_notional:
        return Untradable(f"{instrument.symbol}: notional {notional} is below the minimum {instrument.min_notional}")
    return terms


def is_tradable(instrument: Instrument, quantity: Decimal, price: Decimal) -> bool:
    """Say whether a quantity, rounded down to the step, could be traded at about this price."""
    rounded = instrument.round_quantity(quantity)
    return rounded > 0 and rounded >= instrument.min_quantity and rounded * price >= instrument.min_notional


def least_tradable(instrument: Instrument, at_least: Decimal, price: Decimal) -> Decimal:
    """Return the smallest quantity on the step, no smaller than this one, that could be traded at about this price."""
    quantity = max(at_least, instrument.min_quantity, instrument.min_notional / price)
    return (quantity / instrument.quantity_step).to_integral_value(ROUND_CEILING) * instrument.quantity_step


def inward_price(instrument: Instrument, side: Side, limit_price: Decimal) -> Decimal:
    """Round a limit to a tick that is no worse: down for a buy, up for a sell."""
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    return (limit_price / instrument.price_tick).to_integral_value(rounding) * instrument.price_tick


def outward_price(instrument: Instrument, side: Side, limit_price: Decimal) -> Decimal:
    """Round a limit to a tick that is no better: up for a buy, down for a sell, but at least one tick."""
    rounding = ROUND_CEILING if side is Side.BUY else ROUND_FLOOR
    return max((limit_price / instrument.price_tick).to_integral_value(rounding), Decimal(1)) * instrument.price_tick
