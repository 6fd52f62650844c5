"""From a notional to quantities that both venues' rules let through, and that hedge each other."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from math import gcd, lcm
from typing import NamedTuple

from poise_common.domain.instruments import Instrument, InstrumentKind


class LegQuantities(NamedTuple):
    """Order quantities in base units."""

    long: Decimal
    short: Decimal


def common_step(one: Decimal, other: Decimal) -> Decimal:
    """Return the smallest step that is a whole number of both; for steps of 0.1 and 0.001, the coarser."""
    a, b = Fraction(one), Fraction(other)
    step = Fraction(lcm(a.numerator, b.numerator), gcd(a.denominator, b.denominator))
    return Decimal(step.numerator) / Decimal(step.denominator)


def opening_quantities(
    long: Instrument, short: Instrument, notional_usd: Decimal, long_price: Decimal, short_price: Decimal
) -> LegQuantities:
    """Return the quantities of an opening whose legs both stay within the notional.

    A spot purchase pays its fee in what it buys, so that leg is grossed up by its taker fee, rounded up to its step:
    what is then held matches the short.
    """
    kept = 1 - long.taker_fee if long.kind is InstrumentKind.SPOT else Decimal(1)
    step = common_step(long.quantity_step, short.quantity_step)
    # The long leg is rounded up at the end, so one of its steps is left free.
    room = min((notional_usd / long_price - long.quantity_step) * kept, notional_usd / short_price)
    hedged = max(room // step, Decimal(0)) * step
    bought = (hedged / kept / long.quantity_step).to_integral_value(ROUND_CEILING) * long.quantity_step
    return LegQuantities(bought, hedged)


def closing_quantities(
    long: Instrument, short: Instrument, held: LegQuantities, carried: Decimal | None
) -> LegQuantities:
    """Return what of a holding can be closed: all of each leg, or what the thinner book carries of both."""
    if carried is not None:
        held = LegQuantities(carried, carried)
    return LegQuantities(long.round_quantity(held.long), short.round_quantity(held.short))


def part_to_close(
    long: Instrument, short: Instrument, held: LegQuantities, share: Decimal, prices: tuple[Decimal, Decimal]
) -> LegQuantities | None:
    """Return about a share of a holding, the same quantity of both legs, rounded to the step that both can trade.

    All of it where what were left could not be traded; None where the part itself could not be.
    """
    step = common_step(long.quantity_step, short.quantity_step)
    wanted = min(held) * share
    part = (wanted / step).to_integral_value(ROUND_HALF_EVEN) * step
    legs = tuple(zip((long, short), held, prices, strict=True))
    if any(untradable(instrument, quantity - part, price) for instrument, quantity, price in legs):
        return LegQuantities(long.round_quantity(held.long), short.round_quantity(held.short))
    if any(untradable(instrument, part, price) for instrument, _, price in legs):
        return None
    return LegQuantities(part, part)


def untradable(instrument: Instrument, quantity: Decimal, price: Decimal) -> str | None:
    """Return why an order of this size would be refused by the venue, None if it would not."""
    if quantity < instrument.min_quantity or quantity <= 0:
        return f"{instrument.symbol}: {quantity} is below the minimum quantity {instrument.min_quantity}"
    if quantity * price < instrument.min_notional:
        return f"{instrument.symbol}: {quantity * price:.2f} is below the minimum notional {instrument.min_notional}"
    return None
