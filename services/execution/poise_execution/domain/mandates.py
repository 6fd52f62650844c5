"""An approval that was taken up, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from poise_common.contracts.packages import Approval, ApprovedLeg, LegRole, PackageApproved


class MandateStatus(StrEnum):
    WORKING = "working"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """One consumed approval, with the very message that brought it; `outcome` names how it ended."""

    approved: PackageApproved
    status: MandateStatus
    taken_at: datetime
    locked_at: datetime | None = None
    """When the package was locked: its residual delta could not be brought under the cap in time."""
    ended_at: datetime | None = None
    outcome: str = ""
    passed_on_at: datetime | None = None
    """Of a roll's half: when what one package has set free of its long leg was the other's."""
    told: int = 0
    """How many outcomes and locks were told: a further one is not a repeat of those."""

    @property
    def approval(self) -> Approval:
        return self.approved.approval

    @property
    def approval_id(self) -> UUID:
        return self.approved.approval.approval_id

    @property
    def package_id(self) -> UUID:
        return self.approved.approval.package_id

    @property
    def is_working(self) -> bool:
        return self.status is MandateStatus.WORKING

    @property
    def awaits_passing_on(self) -> bool:
        """Say whether this is half of a roll whose long leg is not where it belongs yet."""
        return self.approval.rolls_with is not None and self.passed_on_at is None

    def leg(self, role: LegRole) -> ApprovedLeg:
        """Return the approved leg of a role; the gate has seen that there is just one of each."""
        return next(leg for leg in self.approval.legs if leg.role is role)
