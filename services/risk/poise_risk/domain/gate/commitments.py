"""Reservations: what risk has approved and the ledger does not show yet, and what execution says is held."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from poise_common.contracts.packages import HedgeRatio
from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import Instrument
from poise_common.domain.value import Value


class CommitmentStatus(StrEnum):
    AWAITING = "awaiting"
    """Approved; execution has not said what came of it. The whole approved size counts."""
    OPENED = "opened"
    """Execution holds it; the ledger does not show it yet. The whole approved size counts."""
    SHOWN = "shown"
    """The ledger shows it: the ledger's figures count."""
    RELEASED = "released"
    """Nothing is held, or nothing was ever sent."""


class CommittedLeg(Value):
    """One leg as it was approved, with the rules its closing must keep to."""

    instrument: Instrument
    approved_quantity: Decimal
    price: Decimal
    held_quantity: Decimal | None = None
    """Base units, unsigned, as execution reported it; None until it did."""

    @property
    def notional_usd(self) -> Decimal:
        return self.approved_quantity * self.price


class Commitment(Value):
    """A package from its approval until nothing of it is held."""

    package_id: UUID
    approval_id: UUID
    strategy: str
    asset: str
    tier: int
    exposure_usd: Decimal
    residual_usd: Decimal
    """What the legs leave unhedged when both fill whole, unsigned."""
    long_leg: CommittedLeg
    short_leg: CommittedLeg
    hedge_ratio: HedgeRatio = Decimal(1)
    status: CommitmentStatus
    reserved_at: datetime
    changed_at: datetime

    @property
    def hedge(self) -> Hedge:
        return Hedge(self.hedge_ratio)

    @property
    def is_reserved(self) -> bool:
        """Say whether the approved size still counts beside the ledger's."""
        return self.status is CommitmentStatus.AWAITING or self.status is CommitmentStatus.OPENED

    def holding(self, long_quantity: Decimal, short_quantity: Decimal, now: datetime) -> "Commitment":
        """Take what execution says is held of each leg; an approval that opened waits for the ledger to show it."""
        status = CommitmentStatus.OPENED if self.status is CommitmentStatus.AWAITING else self.status
        return self.model_copy(
            update={
                "long_leg": self.long_leg.model_copy(update={"held_quantity": long_quantity}),
                "short_leg": self.short_leg.model_copy(update={"held_quantity": short_quantity}),
                "status": status,
                "changed_at": now,
            }
        )

    def shown(self, now: datetime) -> "Commitment":
        """Leave the counting to the ledger, which shows the package."""
        return self.model_copy(update={"status": CommitmentStatus.SHOWN, "changed_at": now})

    def released(self, now: datetime) -> "Commitment":
        """Free what was reserved."""
        return self.model_copy(update={"status": CommitmentStatus.RELEASED, "changed_at": now})


class Commitments(dict[UUID, Commitment]):
    """Every commitment that is not released, by its package; never altered: a change makes others of them.

    Those that the ledger counts are the same object for as long as none of them changes.
    """

    def __init__(self, reserved: Mapping[UUID, Commitment], shown: Mapping[UUID, Commitment]) -> None:
        """Hold those whose approved size still counts, and those that the ledger shows."""
        super().__init__({**shown, **reserved})
        self.reserved = reserved
        self.shown = shown

    @classmethod
    def of(cls, commitments: Iterable[Commitment]) -> Self:
        """Hold these."""
        each = {commitment.package_id: commitment for commitment in commitments}
        reserved = {package_id: commitment for package_id, commitment in each.items() if commitment.is_reserved}
        return cls(reserved, {package_id: each[package_id] for package_id in each if package_id not in reserved})

    def changed(self, commitment: Commitment) -> Self:
        """Return these with a commitment in place of its package's own; without one that is released."""
        package_id = commitment.package_id
        reserved = {**self.reserved, package_id: commitment}
        if not commitment.is_reserved:
            del reserved[package_id]
        is_shown = commitment.status is CommitmentStatus.SHOWN
        if not is_shown and package_id not in self.shown:
            return type(self)(reserved, self.shown)
        shown = {**self.shown, package_id: commitment}
        if not is_shown:
            del shown[package_id]
        return type(self)(reserved, shown)
