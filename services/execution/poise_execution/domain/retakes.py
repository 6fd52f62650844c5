"""Orders that take down what is held too much: first within the approved collar, then wider with every try."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole, OrderStyle, PackageAction
from poise_execution.domain.gate import intent
from poise_execution.domain.hedging import Excess
from poise_execution.domain.mandates import Mandate
from poise_execution.domain.order_rules import OrderTerms, fit
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package, closing_side, opening_side
from poise_execution.domain.parameters import HedgingParameters
from poise_execution.domain.quotes import Quotes, collared


@dataclass(frozen=True, slots=True)
class Round:
    """Where an approval stands now: its package, and its orders so far, all of them known."""

    mandate: Mandate
    package: Package
    orders: Sequence[Order]
    now: datetime

    def orders_of(self, role: LegRole) -> Sequence[Order]:
        return [order for order in self.orders if order.role is role]


@dataclass(frozen=True, slots=True)
class Pausing:
    """The last try was just now."""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """No more tries, or nothing that the venue would take."""


def retake(round_: Round, excess: Excess, parameters: HedgingParameters, quotes: Quotes) -> Order | Pausing | Exhausted:
    """Make the next order for an excess."""
    own = round_.orders_of(excess.role)
    takings = [order for order in own if order.purpose is OrderPurpose.LEG and order.style is OrderStyle.IOC]
    chases = takings[1:]
    unwinds = [order for order in own if order.purpose is OrderPurpose.UNWIND]
    if _is_pausing([*chases, *unwinds], parameters, round_.now):
        return Pausing()
    is_closing = round_.mandate.approval.action is PackageAction.CLOSE and not excess.is_overshoot
    if is_closing and len(chases) < parameters.chase_tries and trades_within_collar(round_, excess.role, quotes):
        chase = taking(round_, excess.role, excess.quantity)
        if chase is not None:
            return chase
    if len(unwinds) >= parameters.unwind_tries:
        return Exhausted()
    collar_bps = parameters.collar_bps(len(unwinds))
    return _unwind(round_, excess, quotes, collar_bps, attempt=len(unwinds)) or Exhausted()


def _is_pausing(tries: Sequence[Order], parameters: HedgingParameters, now: datetime) -> bool:
    if not tries:
        return False
    last_at = max(order.intended_at for order in tries)
    return now < last_at + timedelta(seconds=parameters.pause_s(len(tries)))


def trades_within_collar(round_: Round, role: LegRole, quotes: Quotes) -> bool:
    """Say whether the best price is still within what was approved; where it ran away, each try is time unhedged."""
    leg = round_.mandate.leg(role)
    best = quotes.reference_price(round_.package.instrument(role).id, leg.side, leg.limit_price, round_.now)
    return (best - leg.limit_price) * leg.side.sign <= 0


def taking(round_: Round, role: LegRole, most: Decimal) -> Order | None:
    """Return the IOC order for what is left of an approved leg, no larger than `most`; None if too small to trade."""
    leg, instrument = round_.mandate.leg(role), round_.package.instrument(role)
    sent = [order for order in round_.orders_of(role) if order.purpose is OrderPurpose.LEG]
    filled = sum((order.filled_quantity for order in sent), Decimal(0))
    terms = fit(instrument, leg.side, min(most, leg.quantity - filled), leg.limit_price)
    if not isinstance(terms, OrderTerms):
        return None
    return intent(
        approval=round_.mandate.approval,
        instrument=instrument,
        leg=leg,
        purpose=OrderPurpose.LEG,
        attempt=len(sent),
        terms=terms,
        decision_price=leg.decision_price,
        is_reducing=True,
        now=round_.now,
    )


def _unwind(round_: Round, excess: Excess, quotes: Quotes, collar_bps: Decimal, *, attempt: int) -> Order | None:
    leg, instrument = round_.mandate.leg(excess.role), round_.package.instrument(excess.role)
    side = opening_side(excess.role) if excess.is_overshoot else closing_side(excess.role)
    reference_price = quotes.reference_price(instrument.id, side, leg.decision_price, round_.now)
    terms = fit(instrument, side, excess.quantity, collared(instrument, side, reference_price, collar_bps))
    if not isinstance(terms, OrderTerms):
        return None
    return intent(
        approval=round_.mandate.approval,
        instrument=instrument,
        leg=leg,
        purpose=OrderPurpose.UNWIND,
        attempt=attempt,
        terms=terms,
        decision_price=reference_price,
        is_reducing=not excess.is_overshoot,
        now=round_.now,
    )
