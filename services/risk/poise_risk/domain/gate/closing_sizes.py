"""How much of a closing goes at once: sizes that can be traded, and no more than the books carry."""

from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import Instrument

_NOTHING = Decimal(0)

Sizes = tuple[Decimal, Decimal]
"""Of the long and the short leg, in base units."""


@dataclass(frozen=True, slots=True)
class LegToClose:
    """What is asked to be closed of one leg, beside what there is of it: base units, unsigned."""

    wanted: Decimal
    held: Decimal
    price: Decimal
    instrument: Instrument | None


def fitted_to_depth(legs: tuple[LegToClose, LegToClose], carried: Sizes, hedge: Hedge) -> Sizes:
    """Cut a closing to what each leg's book carries, so that what is left of the package is hedged no worse.

    As much is left of one leg as hedges the other: of an unhedged package, the larger leg goes first. Where the books
    carry nothing that could be traded, the smallest order that both venues take is tried: a closing never waits.
    """
    whole = _whole(legs)
    going = tuple(min(leg.wanted, depth) for leg, depth in zip(legs, carried, strict=True))
    if going == whole:
        return whole
    long_left, short_left = (leg.held - goes for leg, goes in zip(legs, going, strict=True))
    left = hedge.covering(long_left, short_left)
    parts = [max(leg.held - stays, _NOTHING) for leg, stays in zip(legs, left, strict=True)]
    smallest = hedge.covering(_smallest_order(legs[0]), _smallest_order(legs[1]))
    stuck = not any(parts)
    long_part, short_part = (
        min(max(part, least), leg.wanted) if part or stuck else part
        for leg, part, least in zip(legs, parts, smallest, strict=True)
    )
    return tradable(legs, (long_part, short_part), hedge)


def tradable(legs: tuple[LegToClose, LegToClose], parts: Sizes, hedge: Hedge) -> Sizes:
    """Round parts down to steps that keep them hedged; the whole where a part, or what it leaves, could not trade."""
    rules = [leg.instrument for leg in legs if leg.instrument is not None]
    if len(rules) < len(legs):
        return _whole(legs)
    steps = hedge.steps(rules[0].quantity_step, rules[1].quantity_step)
    long_size, short_size = (
        (part / step).to_integral_value(ROUND_DOWN) * step for part, step in zip(parts, steps, strict=True)
    )
    for leg, part, size in zip(legs, parts, (long_size, short_size), strict=True):
        if part and not (_is_order(leg, size) and _is_order(leg, leg.wanted - size)):
            return _whole(legs)
    return long_size, short_size


def _whole(legs: tuple[LegToClose, LegToClose]) -> Sizes:
    return legs[0].wanted, legs[1].wanted


def _is_order(leg: LegToClose, quantity: Decimal) -> bool:
    rule = leg.instrument
    return rule is not None and quantity >= rule.min_quantity and quantity * leg.price >= rule.min_notional


def _smallest_order(leg: LegToClose) -> Decimal:
    rule = leg.instrument
    if rule is None:
        return _NOTHING
    least = max(rule.min_quantity, rule.min_notional / leg.price)
    return (least / rule.quantity_step).to_integral_value(ROUND_UP) * rule.quantity_step
