"""The record of the limits: who changed what when, read from the book of record."""

from uuid import UUID

from pydantic import AwareDatetime
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.domain.value import Value

Figure = str | bool | int | list[str]

_CHANGES = text(
    """
select sequence, change_id, operator, reason, ordered_at, outcome, settled_at, refusal, profile, digest_before,
       digest_after, changes, notices
from risk.limit_changes
where cast(:change_id as uuid) is null or change_id = :change_id
order by sequence desc limit :last
"""
).columns(changes=JSONB, notices=JSONB)


class LimitChange(Value):
    """One order to read the limits anew, or a start that found them changed, and what came of it."""

    sequence: int
    change_id: UUID
    operator: str
    reason: str
    ordered_at: AwareDatetime
    outcome: str | None
    """None while the file is being read."""
    settled_at: AwareDatetime | None
    refusal: str | None
    profile: str | None
    digest_before: str | None
    digest_after: str | None
    changes: dict[str, tuple[Figure | None, Figure | None]]
    """By key: what it was and what it is; None where there was, or is, no such figure."""
    notices: tuple[str, ...]


async def read_changes(connection: AsyncConnection, *, last: int) -> tuple[LimitChange, ...]:
    """Read the newest changes, newest last."""
    rows = (await connection.execute(_CHANGES, {"change_id": None, "last": last})).mappings().all()
    return tuple(LimitChange.model_validate(dict(row)) for row in reversed(rows))


async def read_change(connection: AsyncConnection, change_id: UUID) -> LimitChange | None:
    """Read one change by the id of the order for it."""
    row = (await connection.execute(_CHANGES, {"change_id": change_id, "last": 1})).mappings().first()
    return None if row is None else LimitChange.model_validate(dict(row))
