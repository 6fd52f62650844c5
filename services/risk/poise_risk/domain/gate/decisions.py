"""A verdict as what follows from it: the decision for everyone, the signed approval for execution."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.core import Publish, Store
from poise_common.contracts.packages import (
    Approval,
    ApprovedLeg,
    ClosePackage,
    LegIntent,
    LimitCheck,
    OpenPackage,
    OrderStyle,
    PackageAction,
    PackageApproved,
    PackageDecided,
    RollApproved,
    RollPackage,
    Verdict,
)
from poise_common.contracts.signatures import Signer
from poise_common.domain.ids import derived_id
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus, CommittedLeg
from poise_risk.domain.gate.entry import Entry, EntryLeg
from poise_risk.domain.gate.judging import Admitted, Refused
from poise_risk.domain.gate.releasing import Released
from poise_risk.domain.gate.rolling import AdmittedRoll
from poise_risk.domain.knowledge.symbols import is_derivative
from poise_risk.domain.records import ApprovalRecord, DecisionRecord
from poise_risk.domain.rules.rulebook import Rulebook

STAGE = "risk"


@dataclass(frozen=True, slots=True)
class Signed:
    """An approval, ready to be stored and sent."""

    record: ApprovalRecord
    message: PackageApproved

    @property
    def publish(self) -> Publish:
        return Publish(self.message)

    @property
    def approval_id(self) -> UUID:
        return self.record.approval.approval_id


@dataclass(frozen=True, slots=True)
class SignedRoll:
    """Both halves of a roll, sent as one."""

    closing: Signed
    opening: Signed
    publish: Publish


class Signatory:
    """Makes and signs approvals: expiring, and void after the next halt."""

    def __init__(self, signer: Signer, rules: Rulebook) -> None:
        self._signer = signer
        self._rules = rules

    def sign(
        self,
        request: OpenPackage | ClosePackage,
        long_leg: LegIntent,
        short_leg: LegIntent,
        hedge_ratio: Decimal,
        *,
        epoch: int,
        now: datetime,
        rolls_with: UUID | None = None,
    ) -> Signed:
        """Sign the one approval that a request can have: a repeat has the same id.

        `rolls_with` is the request of a roll's other half.
        """
        closing = isinstance(request, ClosePackage)
        approval = Approval(
            approval_id=_approval_id(request.id),
            rolls_with=None if rolls_with is None else _approval_id(rolls_with),
            request_id=request.id,
            package_id=request.package_id,
            action=_action(request),
            style=request.style if isinstance(request, ClosePackage) else OrderStyle.IOC,
            strategy=request.strategy,
            asset=request.asset,
            legs=(_approved(long_leg, closing=closing), _approved(short_leg, closing=closing)),
            hedge_ratio=hedge_ratio,
            issued_at=now,
            expires_at=min(request.expires_at, now + self._rules.approvals.ttl),
            epoch=epoch,
        )
        signature = self._signer.sign(approval)
        reason = request.reason if isinstance(request, ClosePackage) else None
        return Signed(
            ApprovalRecord(approval=approval, signature=signature, close_reason=reason),
            PackageApproved.caused_by(request, STAGE, now, approval=approval, signature=signature),
        )

    def sign_roll(self, roll: RollPackage, admitted: AdmittedRoll, *, epoch: int, now: datetime) -> SignedRoll:
        """Sign both halves of a roll, each naming the other."""
        closing, opening = roll.closing, roll.opening
        released, entry = admitted.released, admitted.admitted.entry
        legs = released.long_leg, released.short_leg, released.hedge.ratio
        out = self.sign(closing, *legs, epoch=epoch, now=now, rolls_with=opening.id)
        legs = entry.long_leg.intent, entry.short_leg.intent, opening.hedge_ratio
        into = self.sign(opening, *legs, epoch=epoch, now=now, rolls_with=closing.id)
        both = RollApproved.caused_by(roll, STAGE, now, closing=out.message, opening=into.message)
        return SignedRoll(out, into, Publish(both))


def told_admitted(request: OpenPackage, admitted: Admitted, approval_id: UUID, now: datetime) -> tuple[Store, Publish]:
    """Tell that a package may be opened, and how large."""
    return _told(
        request,
        verdict=admitted.verdict,
        requested_usd=request.exposure_usd,
        approved_usd=admitted.entry.exposure_usd,
        binding=admitted.binding,
        reason=admitted.reason,
        checks=admitted.checks,
        approval_id=approval_id,
        now=now,
    )


def told_released(
    request: ClosePackage, released: Released, approval_id: UUID, why: str, now: datetime
) -> tuple[Store, Publish]:
    """Tell that a package may be closed, how much of it at once, and why."""
    cause = f"closing: {request.reason.value}" + (f" ({why})" if why else "")
    return _told(
        request,
        verdict=released.verdict,
        requested_usd=_exposure_usd(request),
        approved_usd=released.exposure_usd,
        binding=released.binding,
        reason="; ".join(part for part in (cause, released.terms) if part),
        checks=released.checks,
        approval_id=approval_id,
        now=now,
    )


def told_refused(request: OpenPackage | ClosePackage, refused: Refused, now: datetime) -> tuple[Store, Publish]:
    """Tell that a request may not pass, and by which limit."""
    return _told(
        request,
        verdict=Verdict.REJECTED,
        requested_usd=_exposure_usd(request),
        approved_usd=Decimal(0),
        binding=refused.binding,
        reason=refused.reason,
        checks=refused.checks,
        approval_id=None,
        now=now,
    )


def reservation(entry: Entry, approval_id: UUID, now: datetime) -> Commitment:
    """Return what an approved entry reserves."""
    return Commitment(
        package_id=entry.request.package_id,
        approval_id=approval_id,
        strategy=entry.request.strategy,
        asset=entry.request.asset,
        tier=entry.tier,
        exposure_usd=entry.exposure_usd,
        residual_usd=entry.residual_usd,
        long_leg=_committed(entry.long_leg),
        short_leg=_committed(entry.short_leg),
        hedge_ratio=entry.request.hedge_ratio,
        status=CommitmentStatus.AWAITING,
        reserved_at=now,
        changed_at=now,
    )


def _told(
    request: OpenPackage | ClosePackage,
    *,
    verdict: Verdict,
    requested_usd: Decimal,
    approved_usd: Decimal,
    binding: LimitCheck | None,
    reason: str,
    checks: tuple[LimitCheck, ...],
    approval_id: UUID | None,
    now: datetime,
) -> tuple[Store, Publish]:
    decided = PackageDecided.caused_by(
        request,
        STAGE,
        now,
        request_id=request.id,
        package_id=request.package_id,
        action=_action(request),
        strategy=request.strategy,
        asset=request.asset,
        verdict=verdict,
        requested_exposure_usd=requested_usd,
        approved_exposure_usd=approved_usd,
        binding_limit=None if binding is None else binding.limit,
        reason=reason,
        checks=checks,
        approval_id=approval_id,
        decided_at=now,
        long_leg=request.long_leg if isinstance(request, OpenPackage) else None,
        short_leg=request.short_leg if isinstance(request, OpenPackage) else None,
        hedge_ratio=request.hedge_ratio if isinstance(request, OpenPackage) else Decimal(1),
        close_reason=request.reason if isinstance(request, ClosePackage) else None,
    )
    return Store(DecisionRecord(decided=decided)), Publish(decided)


def _approval_id(request_id: UUID) -> UUID:
    return derived_id(request_id, "approval")


def _action(request: OpenPackage | ClosePackage) -> PackageAction:
    return PackageAction.CLOSE if isinstance(request, ClosePackage) else PackageAction.OPEN


def _exposure_usd(request: OpenPackage | ClosePackage) -> Decimal:
    return max(request.long_leg.notional_usd, request.short_leg.notional_usd)


def _approved(intent: LegIntent, *, closing: bool) -> ApprovedLeg:
    return ApprovedLeg(
        role=intent.role,
        venue=intent.venue,
        symbol=intent.symbol,
        side=intent.side,
        quantity=intent.quantity,
        decision_price=intent.decision_price,
        limit_price=intent.limit_price,
        reduce_only=closing and is_derivative(intent.symbol),
    )


def _committed(leg: EntryLeg) -> CommittedLeg:
    return CommittedLeg(
        instrument=leg.instrument, approved_quantity=leg.intent.quantity, price=leg.intent.decision_price
    )
