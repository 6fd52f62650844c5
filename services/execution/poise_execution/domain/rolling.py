"""Rolls: one short leg is bought back while the next one is sold; the long leg passes on without an order."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import (
    Approval,
    ApprovedLeg,
    LegRole,
    OrderStyle,
    PackageAction,
    PackageState,
    RollApproved,
)
from poise_common.domain.instruments import Instrument
from poise_execution.domain.gate import (
    Admitted,
    Refused,
    Surroundings,
    held_package,
    leg_order,
    new_package,
    why_misshapen,
    why_outdated,
)
from poise_execution.domain.hedging import Prices
from poise_execution.domain.mandates import Mandate
from poise_execution.domain.order_rules import Untradable, is_tradable
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package
from poise_execution.domain.state import ExecutionState

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class AdmittedRoll:
    """Both halves are good: each has its package and the one order of its short leg."""

    closing: Admitted
    opening: Admitted


def judge_roll(roll: RollApproved, around: Surroundings, now: datetime) -> AdmittedRoll | Refused:
    """Judge a roll whose halves are signed and were not used before."""
    closing, opening = roll.closing.approval, roll.opening.approval
    refused = (
        why_outdated(closing, around, now)
        or why_outdated(opening, around, now)
        or why_misshapen(closing)
        or why_misshapen(opening)
        or _why_no_roll(closing, opening)
    )
    if refused:
        return refused
    package, successor = held_package(closing, around), new_package(opening, around)
    if isinstance(package, Refused):
        return package
    if isinstance(successor, Refused):
        return successor
    if why := _why_no_successor(package, successor):
        return Refused(RefusalReason.UNTRADABLE, why)
    instruments = (package.long_instrument, package.short_instrument, successor.short_instrument)
    if objection := around.account_objection(PackageAction.OPEN, instruments):
        return Refused(RefusalReason.LOCKED, objection)
    orders = tuple(
        leg_order(approval, _short_leg(approval), of, around, now)
        for approval, of in ((closing, package), (opening, successor))
    )
    return _admitted(package, successor, orders, around.cap_usd)


def halves_of(state: ExecutionState, mandate: Mandate) -> tuple[Mandate, Mandate]:
    """Return the closing and the opening of a roll that is under way, by one of them."""
    other = next(each for each in state.mandates.values() if each.approval_id == mandate.approval.rolls_with)
    return (mandate, other) if mandate.approval.action is PackageAction.CLOSE else (other, mandate)


def rolled_from(state: ExecutionState, mandate: Mandate) -> UUID | None:
    """Return which package a successor is of, as long as that is remembered."""
    approval = mandate.approval
    other = None if approval.rolls_with is None else state.mandates.get(approval.rolls_with)
    return other.package_id if other is not None and approval.action is PackageAction.OPEN else None


def quantity_set_free(package: Package, successor: Package, long_price: Decimal, short_price: Decimal) -> Decimal:
    """Return how much of the long leg passes on, once all orders of both short legs are known, in base units.

    As much as the successor's short leg hedges and the package's own does not hedge any more. Where what would be left
    behind is too small to be traded it passes on as well: nobody could sell it.
    """
    spare = max(package.excess(LegRole.LONG), _NOTHING)
    wanted = successor.hedge.long_for(successor.short_held)
    passed_on = max(min(spare, wanted), _NOTHING)
    left = {LegRole.LONG: package.long_held - passed_on, LegRole.SHORT: package.short_held}
    prices = Prices(long_price, short_price)
    is_dust = not any(is_tradable(package.instrument(role), left[role], prices.of(role)) for role in LegRole)
    return package.long_held if passed_on and is_dust else passed_on


def _why_no_roll(closing: Approval, opening: Approval) -> Refused | None:
    halves = (closing, opening)
    if [half.action for half in halves] != [PackageAction.CLOSE, PackageAction.OPEN]:
        return Refused(RefusalReason.UNTRADABLE, "a roll is a closing and an opening")
    if (closing.rolls_with, opening.rolls_with) != (opening.approval_id, closing.approval_id):
        return Refused(RefusalReason.UNSIGNED, "the halves do not name each other", consumes=False)
    if any(half.style is not OrderStyle.IOC for half in halves):
        return Refused(RefusalReason.UNTRADABLE, "a roll never rests: one short leg would be live without the other")
    if len({(half.strategy, half.asset, half.hedge_ratio) for half in halves}) > 1:
        return Refused(RefusalReason.UNTRADABLE, "the halves are of different strategies, assets or hedge ratios")
    return None


def _why_no_successor(package: Package, successor: Package) -> str | None:
    near, far = package.short_instrument, successor.short_instrument
    if package.state is not PackageState.OPEN:
        return f"the package is {package.state.value}, and only an open one is rolled"
    if package.hedge_ratio != successor.hedge_ratio:
        return f"hedge ratio {successor.hedge_ratio} is not the package's own, {package.hedge_ratio}"
    if package.long_instrument.id != successor.long_instrument.id:
        return f"the long leg is held in {package.long_instrument.id}, not {successor.long_instrument.id}"
    if (near.venue, near.base, near.settle) != (far.venue, far.base, far.settle) or not _expires_later(near, far):
        return f"{far.id} is no later expiry of {near.id}"
    return None


def _expires_later(near: Instrument, far: Instrument) -> bool:
    return near.expires_at is not None and far.expires_at is not None and near.expires_at < far.expires_at


def _admitted(
    package: Package, successor: Package, orders: tuple[Order | Untradable, ...], cap_usd: Decimal
) -> AdmittedRoll | Refused:
    near, far = orders
    if isinstance(near, Untradable):
        return Refused(RefusalReason.UNTRADABLE, near.reason)
    if isinstance(far, Untradable):
        return Refused(RefusalReason.UNTRADABLE, far.reason)
    apart_usd = abs(near.quantity - far.quantity) * max(near.decision_price, far.decision_price)
    if apart_usd > cap_usd:
        return Refused(RefusalReason.UNTRADABLE, f"the short legs are {apart_usd:.2f} USD apart")
    return AdmittedRoll(Admitted(package, (near,)), Admitted(successor, (far,)))


def _short_leg(approval: Approval) -> ApprovedLeg:
    return next(leg for leg in approval.legs if leg.role is LegRole.SHORT)
