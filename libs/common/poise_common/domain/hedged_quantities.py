"""From a notional to quantities that both venues' rules let through, and that hedge each other."""

from decimal import ROUND_CEILING, ROUND_HALF_EVEN, Decimal

from poise_common.domain.hedge import ONE_TO_ONE, Hedge, LegQuantities, common_step
from poise_common.domain.instruments import Instrument, InstrumentKind

__all__ = ["LegQuantities", "closing_quantities", "common_step", "opening_quantities", "part_to_close", "untradable"]


def opening_quantities(
    long: Instrument,
    short: Instrument,
    notional_usd: Decimal,
    long_price: Decimal,
    short_price: Decimal,
    *,
    hedge: Hedge = ONE_TO_ONE,
) -> LegQuantities:
    """Return the quantities of an opening whose legs both stay within the notional.

    A spot purchase pays its fee in what it buys, so that leg is grossed up by its taker fee, rounded up to its step:
    what is then held matches the short.
    """
    kept = 1 - long.taker_fee if long.kind is InstrumentKind.SPOT else Decimal(1)
    # The long leg is rounded up at the end, so one of its steps is left free.
    room = min((notional_usd / long_price - long.quantity_step) * kept, hedge.long_for(notional_usd / short_price))
    hedged = hedge.on_steps(max(room, Decimal(0)), long.quantity_step, short.quantity_step)
    bought = (hedged.long / kept / long.quantity_step).to_integral_value(ROUND_CEILING) * long.quantity_step
    return LegQuantities(bought, hedged.short)


def closing_quantities(
    long: Instrument, short: Instrument, held: LegQuantities, carried: Decimal | None, *, hedge: Hedge = ONE_TO_ONE
) -> LegQuantities:
    """Return what of a holding can be closed: all of each leg, or what the thinner book carries of both.

    `carried` is in base units of the long leg.
    """
    if carried is not None:
        held = LegQuantities(carried, hedge.short_for(carried))
    return LegQuantities(long.round_quantity(held.long), short.round_quantity(held.short))


def part_to_close(
    long: Instrument,
    short: Instrument,
    held: LegQuantities,
    share: Decimal,
    prices: tuple[Decimal, Decimal],
    *,
    hedge: Hedge = ONE_TO_ONE,
) -> LegQuantities | None:
    """Return about a share of a holding, as much of one leg as hedges the other, on steps that they can trade.

    All of it where what were left could not be traded; None where the part itself could not be.
    """
    wanted = hedge.matched(*held).long * share
    part = hedge.on_steps(wanted, long.quantity_step, short.quantity_step, ROUND_HALF_EVEN)
    legs = tuple(zip((long, short), held, part, prices, strict=True))
    if any(untradable(instrument, quantity - closed, price) for instrument, quantity, closed, price in legs):
        return LegQuantities(long.round_quantity(held.long), short.round_quantity(held.short))
    if any(untradable(instrument, closed, price) for instrument, _, closed, price in legs):
        return None
    return part


def untradable(instrument: Instrument, quantity: Decimal, price: Decimal) -> str | None:
    """Return why an order of this size would be refused by the venue, None if it would not."""
    if quantity < instrument.min_quantity or quantity <= 0:
        return f"{instrument.symbol}: {quantity} is below the minimum quantity {instrument.min_quantity}"
    if quantity * price < instrument.min_notional:
        return f"{instrument.symbol}: {quantity * price:.2f} is below the minimum notional {instrument.min_notional}"
    return None
