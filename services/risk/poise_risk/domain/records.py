"""What risk keeps: decisions, approvals and outcomes, reservations, who waits, modes, and days that lost too much."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from poise_common.contracts.packages import Approval, CloseReason, PackageDecided
from poise_common.domain.value import Value
from poise_risk.domain.gate.commitments import Commitment
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.rules.changes import LimitChange
from poise_risk.domain.watch.mode import ModeChange


class DecisionRecord(Value):
    """A decision as it was published."""

    decided: PackageDecided


class ApprovalRecord(Value):
    """A signed approval and what came of it."""

    approval: Approval
    signature: str
    close_reason: CloseReason | None
    outcome: str | None = None
    """None until execution says."""
    settled_at: datetime | None = None

    def settled(self, outcome: str, now: datetime) -> "ApprovalRecord":
        return self.model_copy(update={"outcome": outcome, "settled_at": now})


class LosingDay(Value):
    """An asset reached its daily loss: no new packages in it that UTC day, and open ones reduced once."""

    day: date
    asset: str
    reduced_packages: tuple[UUID, ...] = ()

    def reduced(self, package_id: UUID) -> "LosingDay":
        return self.model_copy(update={"reduced_packages": (*self.reduced_packages, package_id)})


@dataclass(frozen=True, slots=True)
class Restored:
    """What a core is built from."""

    mode: ModeChange | None = None
    commitments: tuple[Commitment, ...] = ()
    """Not released."""
    unsettled: tuple[ApprovalRecord, ...] = ()
    losing_days: tuple[LosingDay, ...] = ()
    waiting: tuple[WaitingRequest, ...] = ()
    """Not ended, in the order they came."""
    decided_requests: dict[UUID, datetime] = field(default_factory=dict)
    limit_changes: tuple[LimitChange, ...] = ()
    """The newest, the newest that was taken, and those whose reading is not back."""
