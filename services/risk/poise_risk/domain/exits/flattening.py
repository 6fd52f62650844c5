"""Closing everything: what is left to close, what goes first, and when it is certain that nothing is left."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.packages import CloseReason, PackageState
from poise_common.contracts.state import HeldPackage
from poise_risk.domain.exits.rules.watched import ExitDue
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus


@dataclass(frozen=True, slots=True)
class _Left:
    """A package that holds something, with what it weighs."""

    package_id: UUID
    strategy: str
    asset: str
    residual_usd: Decimal
    exposure_usd: Decimal


def flattening_due(
    held: Iterable[HeldPackage], commitments: Mapping[UUID, Commitment], reason: CloseReason
) -> tuple[ExitDue, ...]:
    """Return every package that has something to close, the least hedged first, then the largest.

    What execution has said counts before what the ledger shows, so that nothing is missed while the ledger is silent.
    A package that is still opening is waited for.
    """
    told = {each.package_id: _of_commitment(each) for each in commitments.values() if _is_told_held(each)}
    shown = (
        _of_ledger(package)
        for package in held
        if package.package_id not in commitments and package.state is not PackageState.OPENING
    )
    left = sorted((*told.values(), *shown), key=lambda each: (-each.residual_usd, -each.exposure_usd, each.package_id))
    return tuple(ExitDue(each.package_id, each.strategy, each.asset, reason) for each in left)


def _is_told_held(commitment: Commitment) -> bool:
    legs = (commitment.long_leg, commitment.short_leg)
    return commitment.status is not CommitmentStatus.AWAITING and any(leg.held_quantity for leg in legs)


def _of_commitment(commitment: Commitment) -> _Left:
    long_leg, short_leg = commitment.long_leg, commitment.short_leg
    long_quantity, short_quantity = (leg.held_quantity or Decimal(0) for leg in (long_leg, short_leg))
    return _Left(
        commitment.package_id,
        commitment.strategy,
        commitment.asset,
        residual_usd=abs(
            commitment.hedge.residual_usd(long_quantity, short_quantity, (long_leg.price, short_leg.price))
        ),
        exposure_usd=max(long_quantity * long_leg.price, short_quantity * short_leg.price),
    )


def _of_ledger(package: HeldPackage) -> _Left:
    return _Left(
        package.package_id,
        package.strategy,
        package.asset,
        residual_usd=abs(package.residual_delta_usd),
        exposure_usd=package.exposure_usd,
    )
