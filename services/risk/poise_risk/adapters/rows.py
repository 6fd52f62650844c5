"""Risk's records as rows, and back."""

from typing import Any

from sqlalchemy import RowMapping

from poise_common.contracts.packages import Approval
from poise_risk.domain.gate.commitments import Commitment
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.records import ApprovalRecord, DecisionRecord, LosingDay
from poise_risk.domain.rules.changes import LimitChange
from poise_risk.domain.watch.mode import ModeChange

Values = dict[str, Any]


def decision_values(record: DecisionRecord) -> Values:
    decided = record.decided
    return {
        **decided.model_dump(include=_DECISION_FIELDS),
        "action": decided.action.value,
        "verdict": decided.verdict.value,
        **decided.model_dump(mode="json", include={"checks"}),
    }


def approval_values(record: ApprovalRecord) -> Values:
    approval = record.approval
    return {
        **approval.model_dump(include=_APPROVAL_FIELDS),
        "action": approval.action.value,
        "close_reason": None if record.close_reason is None else record.close_reason.value,
        "approval": approval.model_dump(mode="json"),
        "signature": record.signature,
        "outcome": record.outcome,
        "settled_at": record.settled_at,
    }


def approval_of(row: RowMapping) -> ApprovalRecord:
    return ApprovalRecord(
        approval=Approval.model_validate(row["approval"]),
        signature=row["signature"],
        close_reason=row["close_reason"],
        outcome=row["outcome"],
        settled_at=row["settled_at"],
    )


def commitment_values(record: Commitment) -> Values:
    return {
        **record.model_dump(exclude={"long_leg", "short_leg", "status"}),
        "long_leg": record.long_leg.model_dump(mode="json"),
        "short_leg": record.short_leg.model_dump(mode="json"),
        "status": record.status.value,
    }


def commitment_of(row: RowMapping) -> Commitment:
    return Commitment.model_validate(dict(row))


def mode_values(record: ModeChange) -> Values:
    return {
        **record.model_dump(exclude={"mode", "flattening"}),
        "mode": record.mode.value,
        "flattening": None if record.flattening is None else record.flattening.value,
    }


def mode_of(row: RowMapping) -> ModeChange:
    return ModeChange.model_validate(dict(row))


def losing_day_values(record: LosingDay) -> Values:
    return {**record.model_dump(), "reduced_packages": list(record.reduced_packages)}


def losing_day_of(row: RowMapping) -> LosingDay:
    return LosingDay.model_validate(dict(row))


def waiting_values(record: WaitingRequest) -> Values:
    return {
        **record.model_dump(exclude={"request"}),
        "request_id": record.request.id,
        "request": record.request.model_dump(mode="json"),
    }


def waiting_of(row: RowMapping) -> WaitingRequest:
    return WaitingRequest.model_validate({key: value for key, value in row.items() if key != "request_id"})


def limit_change_values(record: LimitChange) -> Values:
    return {
        **record.model_dump(exclude={"limits"}),
        "outcome": None if record.outcome is None else record.outcome.value,
        "limits": None if record.limits is None else record.limits.figures,
    }


def limit_change_of(row: RowMapping) -> LimitChange:
    figures = row["limits"]
    return LimitChange.model_validate({**row, "limits": None if figures is None else {"figures": figures}})


_DECISION_FIELDS = {
    "request_id",
    "trace_id",
    "package_id",
    "strategy",
    "asset",
    "requested_exposure_usd",
    "approved_exposure_usd",
    "binding_limit",
    "reason",
    "approval_id",
    "decided_at",
}
_APPROVAL_FIELDS = {"approval_id", "request_id", "package_id", "epoch", "issued_at", "expires_at"}
