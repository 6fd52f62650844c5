"""What people order (`control.commands`) and what they are told (`alerts`)."""

from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import AwareDatetime

from poise_common.contracts.message import Message


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
