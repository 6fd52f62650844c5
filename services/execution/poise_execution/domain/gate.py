"""What an approval must pass before an order of it is even stored."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from poise_common.contracts.execution import OrderPurpose, RefusalReason
from poise_common.contracts.packages import (
    Approval,
    ApprovedLeg,
    LegRole,
    OrderStyle,
    PackageAction,
    PackageApproved,
    PackageState,
)
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_execution.domain.client_ids import client_order_id
from poise_execution.domain.order_rules import OrderTerms, Untradable, fit, is_tradable
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package, closing_side, opening_side
from poise_execution.domain.standing import Standing

_CLOSABLE = frozenset({PackageState.OPEN, PackageState.HALTED})


class Verifier(Protocol):
    """Says whether a signature is risk's over this very approval."""

    def is_signed(self, approval: Approval, signature: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing is sent for the approval. `consumes` says whether it is used up by that."""

    reason: RefusalReason
    detail: str
    consumes: bool = True


@dataclass(frozen=True, slots=True)
class Admitted:
    """The approval is good: its package as it now stands, and the orders to be stored and then sent.

    A closing of a package whose legs are both too small to be traded has none: it ends the package.
    """

    package: Package
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the gate looks at besides the approval itself."""

    standing: Standing
    packages: Mapping[UUID, Package]
    ended_packages: Set[UUID]
    working_packages: Set[UUID]
    listed: Mapping[InstrumentId, Instrument]
    why_not_ready: Callable[[Instrument], str | None]
    """Why an instrument can't be traded yet, or None."""
    cap_usd: Decimal
    """The residual delta that a package may have."""
    account_objection: Callable[[PackageAction, Iterable[Instrument]], str | None]
    """Why the accounts forbid it: they differ from our books, or have not been compared for too long."""


def judge(approved: PackageApproved, around: Surroundings, now: datetime) -> Admitted | Refused:
    """Judge a signed approval that was not used before."""
    approval = approved.approval
    refused = why_outdated(approval, around, now) or why_misshapen(approval)
    if refused:
        return refused
    is_opening = approval.action is PackageAction.OPEN
    package = new_package(approval, around) if is_opening else held_package(approval, around)
    if isinstance(package, Refused):
        return package
    if objection := around.account_objection(approval.action, map(package.instrument, LegRole)):
        return Refused(RefusalReason.LOCKED, objection)
    return _admitted(approval, package, around, now)


def _admitted(approval: Approval, package: Package, around: Surroundings, now: datetime) -> Admitted | Refused:
    orders: list[Order] = []
    for leg in approval.legs:
        if approval.action is PackageAction.CLOSE and _is_dust(package, leg):
            continue
        order = leg_order(approval, leg, package, around, now)
        if isinstance(order, Untradable):
            return Refused(RefusalReason.UNTRADABLE, order.reason)
        orders.append(order)
    if approval.action is PackageAction.OPEN and (apart_usd := _pulled_apart_usd(approval, orders)) > around.cap_usd:
        why = f"rounding to the venues' steps alone leaves the legs {apart_usd:.2f} USD apart"
        return Refused(RefusalReason.UNTRADABLE, why)
    return Admitted(package, tuple(orders))


def _pulled_apart_usd(approval: Approval, orders: Sequence[Order]) -> Decimal:
    ordered = {order.role: order.quantity for order in orders}
    lost_usd = [(leg.quantity - ordered[leg.role]) * leg.decision_price for leg in approval.legs]
    return abs(lost_usd[0] - lost_usd[1])


def why_outdated(approval: Approval, around: Surroundings, now: datetime) -> Refused | None:
    """Refuse what has expired, or was signed in an epoch or for a mode that is over."""
    if now > approval.expires_at:
        return Refused(RefusalReason.EXPIRED, f"expired at {approval.expires_at.isoformat()}", consumes=False)
    objection = around.standing.objection_to(approval)
    return Refused(RefusalReason.STALE_EPOCH, objection) if objection else None


def why_misshapen(approval: Approval) -> Refused | None:
    """Refuse what is no two legs of one action."""
    if {leg.role for leg in approval.legs} != set(LegRole):
        return Refused(RefusalReason.UNTRADABLE, "an approval has one long leg and one short leg")
    if approval.action is PackageAction.OPEN and approval.style is not OrderStyle.IOC:
        return Refused(RefusalReason.UNTRADABLE, "an opening never rests: one leg would be live without the other")
    side_of = opening_side if approval.action is PackageAction.OPEN else closing_side
    for leg in approval.legs:
        if leg.side is not side_of(leg.role):
            wrong = f"a {leg.side.value} of the {leg.role.value} does not {approval.action.value} a package"
            return Refused(RefusalReason.UNTRADABLE, wrong)
        if leg.quantity < 0 or leg.limit_price <= 0:
            wrong = f"the {leg.role.value}'s limit price must be above zero and its quantity not below"
            return Refused(RefusalReason.UNTRADABLE, wrong)
    return None


def new_package(approval: Approval, around: Surroundings) -> Package | Refused:
    """Return the package that an opening makes, of listed instruments."""
    if approval.package_id in around.packages or approval.package_id in around.ended_packages:
        return Refused(RefusalReason.USED, f"package {approval.package_id} was taken up before")
    for leg in approval.legs:
        if leg.instrument_id not in around.listed:
            return Refused(RefusalReason.UNTRADABLE, f"{leg.instrument_id} is not in the universe")
    instruments = {leg.role: around.listed[leg.instrument_id] for leg in approval.legs}
    return Package(
        package_id=approval.package_id,
        strategy=approval.strategy,
        asset=approval.asset,
        state=PackageState.OPENING,
        long_instrument=instruments[LegRole.LONG],
        short_instrument=instruments[LegRole.SHORT],
        hedge_ratio=approval.hedge_ratio,
    )


def held_package(approval: Approval, around: Surroundings) -> Package | Refused:
    """Return the package that a closing is of, by the venues' rules of now."""
    package = around.packages.get(approval.package_id)
    if package is None:
        return Refused(RefusalReason.UNKNOWN_PACKAGE, f"package {approval.package_id} is not held")
    if package.state not in _CLOSABLE or package.package_id in around.working_packages:
        return Refused(RefusalReason.UNKNOWN_PACKAGE, f"package is {package.state.value}, and not to be closed now")
    for leg in approval.legs:
        if (held := package.instrument(leg.role).id) != leg.instrument_id:
            other = f"the {leg.role.value} is held in {held}, not {leg.instrument_id}"
            return Refused(RefusalReason.UNKNOWN_PACKAGE, other)
    # Venues change steps and minimums: those of the opening count only where the universe has no newer ones.
    return replace(
        package,
        long_instrument=around.listed.get(package.long_instrument.id, package.long_instrument),
        short_instrument=around.listed.get(package.short_instrument.id, package.short_instrument),
    )


def _is_dust(package: Package, leg: ApprovedLeg) -> bool:
    """Say whether a leg to be closed holds too little to be traded: the other one is then closed alone."""
    return not is_tradable(package.instrument(leg.role), package.held(leg.role), leg.limit_price)


def leg_order(
    approval: Approval, leg: ApprovedLeg, package: Package, around: Surroundings, now: datetime
) -> Order | Untradable:
    """Make the first order of an approved leg, of no more than is held where it closes."""
    instrument = package.instrument(leg.role)
    is_closing = approval.action is PackageAction.CLOSE
    if why := around.why_not_ready(instrument):
        return Untradable(f"{instrument.id}: {why}")
    # No more is closed than is held: a closing must never become a position the other way.
    quantity = min(leg.quantity, package.held(leg.role)) if is_closing else leg.quantity
    terms = fit(instrument, leg.side, quantity, leg.limit_price)
    if isinstance(terms, Untradable):
        return terms
    return intent(
        approval=approval,
        instrument=instrument,
        leg=leg,
        purpose=OrderPurpose.LEG,
        attempt=0,
        terms=terms,
        decision_price=leg.decision_price,
        is_reducing=is_closing,
        now=now,
    )


def intent(
    *,
    approval: Approval,
    instrument: Instrument,
    leg: ApprovedLeg,
    purpose: OrderPurpose,
    attempt: int,
    terms: OrderTerms,
    decision_price: Decimal,
    is_reducing: bool,
    now: datetime,
) -> Order:
    """Make the order that is to be stored before it is sent."""
    return Order(
        client_order_id=client_order_id(approval.approval_id, leg.role, purpose, attempt),
        approval_id=approval.approval_id,
        package_id=approval.package_id,
        role=leg.role,
        purpose=purpose,
        attempt=attempt,
        venue=instrument.venue,
        symbol=instrument.symbol,
        side=closing_side(leg.role) if is_reducing else opening_side(leg.role),
        quantity=terms.quantity,
        limit_price=terms.limit_price,
        decision_price=decision_price,
        reduce_only=is_reducing and instrument.is_derivative,
        intended_at=now,
    )
