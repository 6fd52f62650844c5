"""The notifier's state in its own schema."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.database import upsert
from poise_notifier.adapters import rows, tables
from poise_notifier.domain.alerts.episodes import Episode
from poise_notifier.domain.core import UPDATES_REMEMBERED
from poise_notifier.domain.mail.notices import Notice, NoticeState
from poise_notifier.domain.records import Forget, Restored
from poise_notifier.domain.telegram.orders import Order
from poise_notifier.domain.telegram.updates import UpdateTaken


class NotifierRepository:
    """Rows to state and back; of several records of one key the last one counts."""

    async def load(self, connection: AsyncConnection) -> Restored:
        """Read what fires, what waits to be told, which orders stand, and which updates were taken lately."""
        alerts, notices, orders, updates = tables.alerts, tables.notices, tables.orders, tables.telegram_updates
        firing = await connection.execute(select(alerts).where(alerts.c.ended_at.is_(None)))
        waiting = await connection.execute(
            select(notices).where(notices.c.state == NoticeState.WAITING.value).order_by(notices.c.position)
        )
        standing = await connection.execute(
            select(orders).where(orders.c.ended_at.is_(None)).order_by(orders.c.asked_at, orders.c.order_id)
        )
        lately = await connection.execute(
            select(updates).where(updates.c.taken_at > func.now() - UPDATES_REMEMBERED).order_by(updates.c.taken_at)
        )
        newest = await connection.scalar(select(func.max(notices.c.position)))
        return Restored(
            firing=tuple(rows.episode_of(row) for row in firing.mappings()),
            waiting=tuple(rows.notice_of(row) for row in waiting.mappings()),
            receipts=await _receipts(connection),
            next_position=(newest or 0) + 1,
            orders=tuple(rows.order_of(row) for row in standing.mappings()),
            updates=tuple(rows.update_of(row) for row in lately.mappings()),
        )

    async def save(self, connection: AsyncConnection, records: Sequence[object]) -> None:
        """Write records in the transaction of what made them."""
        episodes = {each.episode_id: each for each in records if isinstance(each, Episode)}
        notices = {each.notice_id: each for each in records if isinstance(each, Notice)}
        orders = {each.order_id: each for each in records if isinstance(each, Order)}
        updates = {each.update_id: each for each in records if isinstance(each, UpdateTaken)}
        # Those that end first: of one name and subject only one may fire.
        ending_first = sorted(episodes.values(), key=lambda each: each.ended_at is None)
        await upsert(connection, tables.alerts, [rows.episode_values(each) for each in ending_first])
        await upsert(connection, tables.notices, [rows.notice_values(each) for each in notices.values()])
        await upsert(connection, tables.orders, [rows.order_values(each) for each in orders.values()])
        await upsert(connection, tables.telegram_updates, [rows.update_values(each) for each in updates.values()])
        for each in records:
            if isinstance(each, Forget):
                await _forget(connection, each.before)


async def _receipts(connection: AsyncConnection) -> dict[tuple[UUID, str], int]:
    """Return the first message that each mailbox got of what fires, or waits to be told."""
    alerts, notices = tables.alerts, tables.notices
    standing = (
        select(alerts.c.episode_id)
        .where(alerts.c.ended_at.is_(None))
        .union(select(notices.c.episode_id).where(notices.c.state == NoticeState.WAITING.value))
    )
    found = await connection.execute(
        select(notices.c.episode_id, notices.c.mailbox, notices.c.receipt)
        .where(notices.c.receipt.is_not(None), notices.c.episode_id.in_(standing))
        .order_by(notices.c.position.desc())
    )
    return {(row.episode_id, row.mailbox): row.receipt for row in found}


async def _forget(connection: AsyncConnection, before: datetime) -> None:
    for table, column in (
        (tables.alerts, tables.alerts.c.ended_at),
        (tables.notices, tables.notices.c.ended_at),
        (tables.orders, tables.orders.c.ended_at),
        (tables.telegram_updates, tables.telegram_updates.c.taken_at),
    ):
        await connection.execute(delete(table).where(column < before))
