"""Risk's state in its own schema."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.database import upsert
from poise_risk.adapters import rows, tables
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus
from poise_risk.domain.gate.waiting import WaitingRequest
from poise_risk.domain.records import ApprovalRecord, DecisionRecord, LosingDay, Restored
from poise_risk.domain.rules.changes import LimitChange, LimitOutcome
from poise_risk.domain.watch.mode import ModeChange


class RiskRepository:
    """Rows to state and back; of several records of one key the last one counts."""

    def __init__(self, *, remember_decisions_s: float) -> None:
        self._remembered = timedelta(seconds=remember_decisions_s)

    async def load(self, connection: AsyncConnection) -> Restored:
        """Read what stands: mode, reservations, approvals without an outcome, who waits, what was decided lately."""
        modes, reservations, approvals = tables.mode_changes, tables.reservations, tables.approvals
        decisions, days = tables.decisions, tables.losing_days
        newest = (await connection.execute(select(modes).order_by(modes.c.sequence.desc()).limit(1))).mappings().first()
        standing = await connection.execute(
            select(reservations).where(reservations.c.status != CommitmentStatus.RELEASED.value)
        )
        unsettled = await connection.execute(select(approvals).where(approvals.c.outcome.is_(None)))
        lately = await connection.execute(
            select(decisions.c.request_id, decisions.c.decided_at).where(
                decisions.c.decided_at > func.now() - self._remembered
            )
        )
        losing = await connection.execute(select(days).where(days.c.day >= func.current_date() - timedelta(days=1)))
        waiting = tables.waiting_requests
        waits = await connection.execute(
            select(waiting).where(waiting.c.ended_at.is_(None)).order_by(waiting.c.since, waiting.c.request_id)
        )
        changes = tables.limit_changes
        newest_change = select(func.max(changes.c.sequence)).scalar_subquery()
        newest_taken = newest_change.where(changes.c.outcome == LimitOutcome.TAKEN.value)
        limit_changes = await connection.execute(
            select(changes)
            .where(changes.c.outcome.is_(None) | changes.c.sequence.in_((newest_change, newest_taken)))
            .order_by(changes.c.sequence)
        )
        return Restored(
            mode=None if newest is None else rows.mode_of(newest),
            commitments=tuple(rows.commitment_of(row) for row in standing.mappings()),
            unsettled=tuple(rows.approval_of(row) for row in unsettled.mappings()),
            losing_days=tuple(sorted((rows.losing_day_of(row) for row in losing.mappings()), key=lambda day: day.day)),
            waiting=tuple(rows.waiting_of(row) for row in waits.mappings()),
            limit_changes=tuple(rows.limit_change_of(row) for row in limit_changes.mappings()),
            decided_requests={row.request_id: row.decided_at for row in lately},
        )

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        """Write a decision's records in its own transaction."""
        decisions = {each.decided.request_id: each for each in records if isinstance(each, DecisionRecord)}
        approvals = {each.approval.approval_id: each for each in records if isinstance(each, ApprovalRecord)}
        commitments = {each.package_id: each for each in records if isinstance(each, Commitment)}
        modes = {each.sequence: each for each in records if isinstance(each, ModeChange)}
        days = {(each.day, each.asset): each for each in records if isinstance(each, LosingDay)}
        waiting = {each.request.id: each for each in records if isinstance(each, WaitingRequest)}
        limit_changes = {each.change_id: each for each in records if isinstance(each, LimitChange)}
        await upsert(connection, tables.decisions, [rows.decision_values(each) for each in decisions.values()])
        await upsert(connection, tables.approvals, [rows.approval_values(each) for each in approvals.values()])
        await upsert(connection, tables.reservations, [rows.commitment_values(each) for each in commitments.values()])
        await upsert(connection, tables.mode_changes, [rows.mode_values(each) for each in modes.values()])
        await upsert(connection, tables.losing_days, [rows.losing_day_values(each) for each in days.values()])
        await upsert(connection, tables.waiting_requests, [rows.waiting_values(each) for each in waiting.values()])
        await upsert(
            connection, tables.limit_changes, [rows.limit_change_values(each) for each in limit_changes.values()]
        )
