"""Execution's state in its own schema."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Table, and_, func, insert, or_, select
from sqlalchemy.dialects.postgresql import insert as upserting_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.database import upsert
from poise_execution.adapters import rows, tables
from poise_execution.domain.accounts import AccountOpened, AccountStanding, IncomeSeen
from poise_execution.domain.mandates import Mandate, MandateStatus
from poise_execution.domain.orders import Fill, Order
from poise_execution.domain.packages import ENDED, Package
from poise_execution.domain.reconciliation.holdings import Holding
from poise_execution.domain.reconciliation.locks import Lock
from poise_execution.domain.state import ExecutionState

_ENDED = [state.value for state in ENDED]


class ApprovalTakenTwice(Exception):
    """Another process has consumed the same approval: nothing may be sent for it here."""

    def __init__(self, approval_id: UUID) -> None:
        super().__init__(f"approval {approval_id} was taken up by another process")
        self.approval_id = approval_id


class ExecutionRepository:
    """Rows to state and back. An intent, a fill or an income is inserted once; its repeat fails the transaction."""

    def __init__(self, *, remember_finished_s: float, income_overlap_s: float, trades_overlap_s: float) -> None:
        self._remembered = timedelta(seconds=remember_finished_s)
        self._income_overlap = timedelta(seconds=income_overlap_s)
        self._trades_overlap = timedelta(seconds=trades_overlap_s)

    async def load(self, connection: AsyncConnection) -> ExecutionState:
        """Read what is under way, what is held, and what may be told again."""
        state = ExecutionState()
        await self._load_mandates(connection, state)
        await self._load_packages(connection, state)
        await self._load_accounts(connection, state)
        return state

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        """Write a decision's records; of several of one package or approval the last one counts."""
        mandates = {record.approval_id: record for record in records if isinstance(record, Mandate)}
        packages = {record.package_id: record for record in records if isinstance(record, Package)}
        orders = [record for record in records if isinstance(record, Order)]
        intents = [order for order in orders if order.is_new]
        changes = {order.client_order_id: order for order in orders if not order.is_new}
        for mandate in mandates.values():
            await _save_mandate(connection, mandate)
        await upsert(connection, tables.packages, [rows.package_values(package) for package in packages.values()])
        await _insert(connection, tables.orders, map(rows.order_values, intents))
        await upsert(connection, tables.orders, [rows.order_values(order) for order in changes.values()])
        fills = (record for record in records if isinstance(record, Fill))
        await _insert(connection, tables.fills, map(rows.fill_values, fills))
        incomes = (record for record in records if isinstance(record, IncomeSeen))
        await _insert(connection, tables.incomes, map(rows.income_values, incomes))
        openings = (record for record in records if isinstance(record, AccountOpened))
        await _insert(connection, tables.account_openings, map(rows.opening_values, openings))
        await _save_books(connection, records)

    async def _load_mandates(self, connection: AsyncConnection, state: ExecutionState) -> None:
        is_working = tables.approvals.c.status == MandateStatus.WORKING.value
        # A replay can only come of an approval that has not expired for long.
        is_recent = tables.approvals.c.expires_at > func.now() - self._remembered
        # Trades since the last settled reading are asked for again: what counted them must be known.
        settled_at = select(func.min(tables.account_standings.c.settled_at)).scalar_subquery()
        may_be_asked_for = tables.approvals.c.ended_at > settled_at - self._trades_overlap
        is_known = or_(is_working, is_recent, may_be_asked_for, _is_of_active_package())
        taken = select(tables.approvals).where(is_known).order_by(tables.approvals.c.taken_at)
        for row in await connection.execute(taken):
            mandate = rows.mandate_of(row)
            state.mandates[mandate.approval_id] = mandate
        own = tables.orders.c.approval_id.in_(list(state.mandates))
        for row in await connection.execute(select(tables.orders).where(own).order_by(tables.orders.c.intended_at)):
            state.orders[row.client_order_id] = rows.order_of(row)
        for row in await connection.execute(select(tables.fills).join(tables.orders).where(own)):
            fill = rows.fill_of(row)
            state.fills[fill.key] = fill

    async def _load_packages(self, connection: AsyncConnection, state: ExecutionState) -> None:
        packages = tables.packages.c
        is_needed = packages.package_id.in_([mandate.package_id for mandate in state.mandates.values()])
        for row in await connection.execute(
            select(tables.packages).where(or_(packages.state.not_in(_ENDED), is_needed))
        ):
            state.packages[row.package_id] = rows.package_of(row)
        ended = await connection.execute(select(packages.package_id).where(packages.state.in_(_ENDED)))
        state.ended_packages = set(ended.scalars()) - state.packages.keys()

    async def _load_accounts(self, connection: AsyncConnection, state: ExecutionState) -> None:
        for row in await connection.execute(select(tables.account_openings)):
            opening = rows.opening_of(row)
            state.openings[opening.venue] = opening
        for row in await connection.execute(select(tables.holdings)):
            state.put(rows.holding_of(row))
        for row in await connection.execute(select(tables.account_standings)):
            state.put(rows.standing_of(row))
        for row in await connection.execute(select(tables.locks).where(tables.locks.c.acknowledged_at.is_(None))):
            state.put(rows.lock_of(row))
        incomes = tables.incomes.c
        for venue, opening in state.openings.items():
            latest = (
                await connection.execute(select(func.max(incomes.paid_at)).where(incomes.venue == venue))
            ).scalar()
            since = max(opening.opened_at, latest or opening.opened_at) - self._income_overlap
            seen = select(tables.incomes).where(incomes.venue == venue, incomes.paid_at >= since)
            for row in await connection.execute(seen):
                income = rows.income_of(row)
                state.incomes[venue, income.income_id] = income


async def _save_mandate(connection: AsyncConnection, mandate: Mandate) -> None:
    statement = upserting_insert(tables.approvals).values(rows.mandate_values(mandate))
    same_taking = tables.approvals.c.taken_at == statement.excluded.taken_at
    changed = {
        name: statement.excluded[name]
        for name in ("status", "locked_at", "passed_on_at", "ended_at", "outcome", "told")
    }
    result = await connection.execute(
        statement.on_conflict_do_update(index_elements=["approval_id"], set_=changed, where=same_taking)
    )
    if result.rowcount != 1:
        raise ApprovalTakenTwice(mandate.approval_id)


def _is_of_active_package() -> ColumnElement[bool]:
    active = select(tables.packages.c.package_id).where(tables.packages.c.state.not_in(_ENDED))
    return and_(tables.approvals.c.status == MandateStatus.DONE.value, tables.approvals.c.package_id.in_(active))


async def _save_books(connection: AsyncConnection, records: Sequence[object]) -> None:
    holdings = {record.item: record for record in records if isinstance(record, Holding)}
    await upsert(connection, tables.holdings, [rows.holding_values(holding) for holding in holdings.values()])
    standings = {record.venue: record for record in records if isinstance(record, AccountStanding)}
    await upsert(connection, tables.account_standings, list(map(rows.standing_values, standings.values())))
    locks = {record.lock_id: record for record in records if isinstance(record, Lock)}
    await upsert(connection, tables.locks, list(map(rows.lock_values, locks.values())))


async def _insert(connection: AsyncConnection, table: Table, values: Iterable[rows.Values]) -> None:
    if inserted := list(values):
        await connection.execute(insert(table), inserted)
