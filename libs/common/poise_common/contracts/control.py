"""What people order (`control.commands`) and what they are told (`alerts`)."""

from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.message import Message
from poise_common.domain.value import Value


class Halt(Message):
    """Stop all new risk at once and stay stopped; what is held stays held."""

    type: Literal["Halt"] = "Halt"
    operator: str
    reason: str


class Resume(Message):
    """Take up trading again."""

    type: Literal["Resume"] = "Resume"
    operator: str
    reason: str


class Flatten(Message):
    """Close every package, then stay halted."""

    type: Literal["Flatten"] = "Flatten"
    operator: str
    reason: str


class ReloadLimits(Message):
    """Read the limits' file anew and go by it from now on; a set that does not pass changes nothing."""

    type: Literal["ReloadLimits"] = "ReloadLimits"
    operator: str
    reason: str


class Promote(Message):
    """Take the desk on to a phase whose gate is met, or back to an earlier one."""

    type: Literal["Promote"] = "Promote"
    phase: int
    operator: str
    reason: str


class Rebalance(Message):
    """Bring the desk's weights to their targets now, by requests to risk."""

    type: Literal["Rebalance"] = "Rebalance"
    operator: str
    reason: str


class Acknowledgement(Value):
    """What the operator signs: this account is taken as the venue has it, with the very differences that were shown."""

    lock_id: UUID
    venue: str
    digest: str
    """That of the lock's lines as they were shown: a lock that has changed since is not acknowledged."""
    operator: str
    reason: str
    signed_at: AwareDatetime


class Acknowledge(Message):
    """End a venue's lock; counts only with the operator's Ed25519 signature over the acknowledgement."""

    type: Literal["Acknowledge"] = "Acknowledge"
    acknowledgement: Acknowledgement
    signature: str
    """Base64."""


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Alert(Message):
    """Something a person should know; `name` and `subject` say which alert it is, `firing` whether it lasts."""

    coalescing_fields: ClassVar = ("name", "subject")

    type: Literal["Alert"] = "Alert"
    name: str
    subject: str
    severity: Severity
    firing: bool
    text: str
    raised_by: str
    raised_at: AwareDatetime
