"""Whether a roll makes sense: one short leg for another of a later expiry, and nothing more than was held."""

from collections.abc import Callable
from datetime import timedelta

from poise_common.contracts.packages import LimitCheck, OrderStyle
from poise_risk.domain.gate.rolls import Roll
from poise_risk.domain.limits.check import all_or_nothing

_HOUR = timedelta(hours=1)


def roll_paired(roll: Roll) -> LimitCheck:
    """Both halves are of one strategy and asset, and the successor's long leg is the one that passes on."""
    closing, opening = roll.closing.request, roll.proposal.request
    names = (closing.strategy, closing.asset, closing.long_leg.instrument_id, closing.short_leg.venue)
    passed = (
        names == (opening.strategy, opening.asset, opening.long_leg.instrument_id, opening.short_leg.venue)
        and closing.style is OrderStyle.IOC
    )
    return all_or_nothing(
        "roll_paired", passed=passed, detail="" if passed else "one half is not the other's successor"
    )


def roll_whole(roll: Roll) -> LimitCheck:
    """The whole short leg is bought back, and the successor holds no more of either leg than there was."""
    held, closing, opening = roll.closing.held, roll.closing.request, roll.proposal.request
    if held is None:
        return all_or_nothing("roll_whole", passed=False, detail="nothing held")
    passed = (
        closing.short_leg.quantity == held.short_leg.quantity
        and opening.short_leg.quantity <= held.short_leg.quantity
        and opening.long_leg.quantity <= held.long_leg.quantity
        and roll.proposal.request.hedge_ratio == held.hedge.ratio
    )
    return all_or_nothing(
        "roll_whole",
        passed=passed,
        value=opening.short_leg.quantity,
        allowed=held.short_leg.quantity,
        detail="" if passed else "the whole is rolled, and nothing is added",
    )


def roll_later(roll: Roll) -> LimitCheck:
    """The successor's contract settles later, and not so soon that it would have to be closed at once; in hours."""
    near = None if roll.closing.held is None else roll.closing.held.short_leg.instrument
    far = roll.proposal.short_instrument
    if near is None or far is None or near.expires_at is None or far.expires_at is None:
        return all_or_nothing("roll_later", passed=False, detail="an expiry is not known")
    soonest = max(near.expires_at, roll.closing.now + roll.closing.config.limits.exits.close_before_expiry)
    passed = far.expires_at > soonest
    detail = "" if passed else f"{far.symbol} settles too soon, {(far.expires_at - roll.closing.now) / _HOUR:.1f} h"
    return all_or_nothing("roll_later", passed=passed, detail=detail)


ROLL_CHECKS: tuple[Callable[[Roll], LimitCheck], ...] = (roll_paired, roll_whole, roll_later)
"""What a roll must pass beside what its closing and its opening do, in the order it is told."""
