"""A change of the limits in force: who ordered it, when, what came of it; and how the file is asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from poise_common.contracts.control import ReloadLimits
from poise_common.contracts.message import Message
from poise_common.domain.value import Value
from poise_risk.domain.rules.limit_set import Changes, LimitSet
from poise_risk.domain.rules.parameters import LimitsConfig

AT_START = "start"
"""Who set limits that a start found in the file, and that nobody had ordered to be read."""
_CHANGES_TOLD = 5


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Ask for the limits' file, read as at a start; the answer is `LimitsRead`."""

    order: ReloadLimits


class LimitsRead(Message):
    """The limits as the file has them now, or why what it has does not pass."""

    type: Literal["LimitsRead"] = "LimitsRead"
    order_id: UUID
    config: LimitsConfig | None
    refusal: str | None


class LimitOutcome(StrEnum):
    TAKEN = "taken"
    UNCHANGED = "unchanged"
    """The file says what is in force already."""
    REFUSED = "refused"


class LimitChange(Value):
    """One order to read the limits anew, or a start that found them changed; kept for good."""

    sequence: int
    change_id: UUID
    """The command's own."""
    trace_id: UUID
    operator: str
    reason: str
    ordered_at: AwareDatetime
    outcome: LimitOutcome | None = None
    """None while the file is being read."""
    settled_at: AwareDatetime | None = None
    refusal: str | None = None
    profile: str | None = None
    """In force afterwards, as its digest; both None while the file is being read."""
    digest_before: str | None = None
    digest_after: str | None = None
    changes: Changes = Field(default_factory=dict)
    notices: tuple[str, ...] = ()
    """What the set taken makes impossible, or never lets bind."""
    limits: LimitSet | None = None
    """The whole set, where it was taken."""

    @property
    def order(self) -> ReloadLimits:
        """Return the command, for the answer to stand in its trace."""
        return ReloadLimits(id=self.change_id, trace_id=self.trace_id, operator=self.operator, reason=self.reason)

    def settled(self, outcome: LimitOutcome, now: datetime, **fields: object) -> "LimitChange":
        return self.model_copy(update={"outcome": outcome, "settled_at": now, **fields})

    @property
    def told(self) -> str:
        """Say in a line what came of it."""
        if self.outcome is LimitOutcome.REFUSED:
            return f"{self.operator} had the limits read anew ({self.reason}) and they do not pass: {self.refusal}"
        lines = [f"{key} {old} → {new}" for key, (old, new) in list(self.changes.items())[:_CHANGES_TOLD]]
        more = len(self.changes) - len(lines)
        rest = f"; and {more} more" if more > 0 else ""
        notices = "".join(f"; note: {notice}" for notice in self.notices)
        return f"limits changed by {self.operator} ({self.reason}): {'; '.join(lines)}{rest}{notices}"
