"""The two orders of a request, priced no worse than a collar around what was decided on."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.packages import LegIntent, LegRole, PackageAction
from poise_common.domain.hedged_quantities import untradable
from poise_common.domain.instruments import Instrument, Side

_BPS = Decimal(10_000)


class Legs(NamedTuple):
    long: LegIntent
    short: LegIntent

    @property
    def exposure_usd(self) -> Decimal:
        return max(self.long.notional_usd, self.short.notional_usd)


class LegTerms(NamedTuple):
    """What one leg is to trade: base units, at a price that was decided on by a book of that time."""

    instrument: Instrument
    quantity: Decimal
    decision_price: float
    book_time: datetime


def ordered_legs(action: PackageAction, long: LegTerms, short: LegTerms, collar_bps: Decimal) -> Legs | str:
    """Return both legs' orders around the prices that were decided on, or why a venue would not take one."""
    long_side = Side.BUY if action is PackageAction.OPEN else Side.SELL
    long_leg = _ordered(LegRole.LONG, long_side, long, collar_bps)
    if isinstance(long_leg, str):
        return long_leg
    short_leg = _ordered(LegRole.SHORT, long_side.opposite, short, collar_bps)
    return short_leg if isinstance(short_leg, str) else Legs(long_leg, short_leg)


def collared_price(instrument: Instrument, side: Side, decided: Decimal, collar_bps: Decimal) -> Decimal:
    """Return the decision price, given way by the collar, on the instrument's price tick."""
    return instrument.round_price(decided * (1 + side.sign * collar_bps / _BPS))


def money(value: float) -> Decimal:
    """Take a float of market data over into orders: twelve significant digits are more than any venue quotes."""
    return Decimal(f"{value:.12g}")


def _ordered(role: LegRole, side: Side, terms: LegTerms, collar_bps: Decimal) -> LegIntent | str:
    instrument = terms.instrument
    decided = money(terms.decision_price)
    limit = collared_price(instrument, side, decided, collar_bps)
    refusal = untradable(instrument, terms.quantity, min(decided, limit))
    if refusal is not None:
        return refusal
    return LegIntent(
        role=role,
        venue=instrument.venue,
        symbol=instrument.symbol,
        side=side,
        quantity=terms.quantity,
        decision_price=decided,
        limit_price=limit,
        book_time=terms.book_time,
    )
