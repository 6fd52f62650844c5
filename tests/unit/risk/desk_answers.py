"""What a test reads from what risk published and stored."""

from collections.abc import Sequence
from typing import TypeVar

from poise_common.contracts.control import Alert
from poise_common.contracts.message import Message
from poise_common.contracts.packages import Approval, LimitCheck, PackageAction, PackageApproved, PackageDecided
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.records import ApprovalRecord, DecisionRecord, LosingDay, Restored
from poise_risk.domain.rules.changes import LimitChange
from poise_risk.domain.watch.mode import ModeChange

M = TypeVar("M", bound=Message)


def restored_from(stored: Sequence[object]) -> Restored:
    """What a repository would give back of these records: the last of each key."""
    commitments = {each.package_id: each for each in stored if isinstance(each, Commitment)}
    approvals = {each.approval.approval_id: each for each in stored if isinstance(each, ApprovalRecord)}
    days = {each.asset: each for each in stored if isinstance(each, LosingDay)}
    waiting = {each.request.id: each for each in stored if isinstance(each, WaitingRequest)}
    return Restored(
        mode=next((each for each in reversed(stored) if isinstance(each, ModeChange)), None),
        commitments=tuple(each for each in commitments.values() if each.status is not CommitmentStatus.RELEASED),
        unsettled=tuple(each for each in approvals.values() if each.outcome is None),
        losing_days=tuple(days.values()),
        waiting=tuple(each for each in waiting.values() if each.ended_at is None),
        limit_changes=tuple({each.change_id: each for each in stored if isinstance(each, LimitChange)}.values()),
        decided_requests={
            each.decided.request_id: each.decided.decided_at for each in stored if isinstance(each, DecisionRecord)
        },
    )


def only(messages: Sequence[Message], kind: type[M]) -> M:
    """The one message of a kind among these."""
    (found,) = every(messages, kind)
    return found


def every(messages: Sequence[Message], kind: type[M]) -> list[M]:
    return [message for message in messages if isinstance(message, kind)]


def decision(messages: Sequence[Message]) -> PackageDecided:
    return only(messages, PackageDecided)


def check(messages: Sequence[Message], limit: str) -> LimitCheck:
    """A decision's check of one limit."""
    (found,) = (each for each in decision(messages).checks if each.limit == limit)
    return found


def figures(*values: object) -> tuple[object, ...]:
    """Values side by side, to be compared at once."""
    return values


def closings(messages: Sequence[Message]) -> list[Approval]:
    """The closings approved among these messages."""
    approvals = [each.approval for each in every(messages, PackageApproved)]
    return [approval for approval in approvals if approval.action is PackageAction.CLOSE]


def alerts(messages: Sequence[Message], name: str) -> list[Alert]:
    return [each for each in every(messages, Alert) if each.name == name]
