"""The messages that tell others what execution did; ids derive from the approval, so that a repeat is the same."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.execution import (
    ApprovalRefused,
    LegFilled,
    LegSummary,
    LongLegPassedOn,
    OrderSent,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.message import Hop, Message
from poise_common.contracts.packages import ApprovedLeg, LegRole, PackageApproved
from poise_common.domain.ids import derived_id
from poise_execution.domain.gate import Refused
from poise_execution.domain.hedging import Whole
from poise_execution.domain.mandates import Mandate
from poise_execution.domain.orders import Fill, Order
from poise_execution.domain.packages import Package

STAGE = "execution"
LOCK_ALERT = "package_locked"


def approval_refused(approved: PackageApproved, refused: Refused, now: datetime) -> ApprovalRefused:
    approval = approved.approval
    return ApprovalRefused.caused_by(
        approved,
        STAGE,
        now,
        approval_id=approval.approval_id,
        package_id=approval.package_id,
        action=approval.action,
        asset=approval.asset,
        reason=refused.reason,
        detail=refused.detail,
    )


def order_sent(mandate: Mandate, order: Order, sent_at: datetime) -> OrderSent:
    """Tell that an order went out; the last two hops are its intent and the moment the request left."""
    cause = mandate.approved
    return OrderSent(
        id=derived_id(cause.id, OrderSent.__name__, order.client_order_id),
        trace_id=cause.trace_id,
        hops=(*cause.hops, Hop(stage=STAGE, at=order.intended_at), Hop(stage="sent", at=sent_at)),
        approval_id=order.approval_id,
        package_id=order.package_id,
        action=mandate.approval.action,
        role=order.role,
        purpose=order.purpose,
        hedge_ratio=mandate.approval.hedge_ratio,
        rolls=mandate.approval.rolls_with is not None,
        venue=order.venue,
        symbol=order.symbol,
        side=order.side,
        style=order.style,
        quantity=order.quantity,
        limit_price=order.limit_price,
        client_order_id=order.client_order_id,
        sent_at=sent_at,
    )


def leg_filled(mandate: Mandate, order: Order, fill: Fill, now: datetime) -> LegFilled:
    return LegFilled.caused_by(
        mandate.approved,
        STAGE,
        now,
        *fill.key,
        approval_id=order.approval_id,
        package_id=order.package_id,
        strategy=mandate.approval.strategy,
        asset=mandate.approval.asset,
        action=mandate.approval.action,
        role=order.role,
        purpose=order.purpose,
        hedge_ratio=mandate.approval.hedge_ratio,
        venue=fill.venue,
        symbol=fill.symbol,
        side=fill.side,
        client_order_id=fill.client_order_id,
        order_id=fill.order_id,
        trade_id=fill.trade_id,
        quantity=fill.quantity,
        price=fill.price,
        decision_price=order.decision_price,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        filled_at=fill.filled_at,
    )


def outcome_reported(
    whole: Whole,
    *,
    mandate: Mandate,
    package: Package,
    fills: Iterable[Fill],
    residual_usd: Decimal,
    rolled_from: UUID | None,
    now: datetime,
) -> Message:
    """Tell how an approval ended, flat or hedged."""
    cause, approval = mandate.approved, mandate.approval
    subject: dict[str, Any] = {
        "package_id": approval.package_id,
        "approval_id": approval.approval_id,
        "strategy": approval.strategy,
        "asset": approval.asset,
    }
    again = _again(mandate)
    match whole:
        case Whole.ABORTED:
            reason = "what filled was taken back" if any(True for _ in fills) else "nothing filled"
            return PackageAborted.caused_by(cause, STAGE, now, *again, **subject, reason=reason)
        case Whole.CLOSED_PARTLY:
            return PackageClosedPartly.caused_by(
                cause,
                STAGE,
                now,
                *again,
                **subject,
                remaining_long_quantity=package.long_held,
                remaining_short_quantity=package.short_held,
                residual_delta_usd=residual_usd,
            )
        case Whole.OPENED | Whole.CLOSED:
            kind: type[PackageOpened | PackageClosed] = PackageOpened
            if whole is Whole.OPENED:
                subject["rolled_from"] = rolled_from
            else:
                kind = PackageClosed
            known = tuple(fills)
            return kind.caused_by(
                cause,
                STAGE,
                now,
                *again,
                **subject,
                long_leg=_summary(mandate.leg(LegRole.LONG), package, known),
                short_leg=_summary(mandate.leg(LegRole.SHORT), package, known),
                hedge_ratio=package.hedge_ratio,
                residual_delta=package.residual_delta,
                residual_delta_usd=residual_usd,
            )


def long_leg_passed_on(
    closing: Mandate, opening: Mandate, package: Package, *, quantity: Decimal, price: Decimal, now: datetime
) -> LongLegPassedOn:
    """Tell what a package that rolls has passed on; once for each roll."""
    return LongLegPassedOn.caused_by(
        closing.approved,
        STAGE,
        now,
        from_package_id=closing.package_id,
        from_approval_id=closing.approval_id,
        to_package_id=opening.package_id,
        to_approval_id=opening.approval_id,
        strategy=package.strategy,
        asset=package.asset,
        venue=package.long_instrument.venue,
        symbol=package.long_instrument.symbol,
        quantity=quantity,
        price=price,
        passed_at=now,
    )


def package_halted(
    mandate: Mandate,
    reason: str,
    *,
    long_quantity: Decimal,
    short_quantity: Decimal,
    residual_usd: Decimal,
    now: datetime,
) -> PackageHalted:
    """Tell that a package is locked; quantities count orders in doubt as filled in full."""
    approval = mandate.approval
    return PackageHalted.caused_by(
        mandate.approved,
        STAGE,
        now,
        *_again(mandate),
        package_id=approval.package_id,
        approval_id=approval.approval_id,
        strategy=approval.strategy,
        asset=approval.asset,
        reason=reason,
        long_quantity=long_quantity,
        short_quantity=short_quantity,
        residual_delta_usd=residual_usd,
    )


def lock_alert(mandate: Mandate, text: str, *, firing: bool, now: datetime) -> Alert:
    return Alert.caused_by(
        mandate.approved,
        STAGE,
        now,
        LOCK_ALERT,
        "firing" if firing else "over",
        *_again(mandate),
        name=LOCK_ALERT,
        subject=str(mandate.package_id),
        severity=Severity.CRITICAL,
        firing=firing,
        text=text,
        raised_by=STAGE,
        raised_at=now,
    )


def _again(mandate: Mandate) -> tuple[str, ...]:
    """Return what tells a later outcome or lock of an approval from a repeat of the first."""
    return (str(mandate.told),) if mandate.told else ()


def _summary(leg: ApprovedLeg, package: Package, fills: tuple[Fill, ...]) -> LegSummary:
    own = [fill for fill in fills if (fill.venue, fill.symbol, fill.side) == (leg.venue, leg.symbol, leg.side)]
    quantity = sum((fill.quantity for fill in own), Decimal(0))
    cost = sum((fill.quantity * fill.price for fill in own), Decimal(0))
    return LegSummary(
        role=leg.role,
        venue=leg.venue,
        symbol=leg.symbol,
        held_quantity=package.held(leg.role),
        average_price=cost / quantity if quantity else None,
    )
