"""What makes a work message's effect happen once: the inbox of ids taken, the outbox of messages owed."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.shell_tables import ShellTables


class OwedMessage(NamedTuple):
    """A work message that was decided and may not have been taken by all its readers yet."""

    message_id: UUID
    stream: str
    payload: bytes


class Taking(NamedTuple):
    """What came of taking a message: whether the lease is still of that epoch, and whether the message is new."""

    is_leased: bool
    is_first: bool


async def take_once(
    connection: AsyncConnection, tables: ShellTables, message_id: UUID, stream: str, *, epoch: int
) -> Taking:
    """Hold the lease's row to the end of the transaction and note a message as taken, in one round trip."""
    statement = _take_once(tables.inbox.fullname, tables.lease.fullname)
    row: Sequence[int] = (await connection.exec_driver_sql(statement, (epoch, message_id, stream))).one()
    return Taking(is_leased=bool(row[0]), is_first=bool(row[1]))


@cache
def _take_once(inbox: str, lease: str) -> str:
    return f"""
        WITH held AS ({hold_lease(lease)}),
        taken AS (
            INSERT INTO {inbox} (message_id, stream) SELECT $2::uuid, $3::text FROM held
            ON CONFLICT (message_id) DO NOTHING RETURNING 1
        )
        SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM taken)
    """  # noqa: S608  (names of our own)


@cache
def hold_lease(lease: str) -> str:
    """Write the statement that finds the lease's row if its epoch is `$1`, and holds it against a bump."""
    return f"SELECT 1 FROM {lease} WHERE epoch = $1 FOR KEY SHARE"  # noqa: S608  (a name of our own)


async def owe(connection: AsyncConnection, outbox: Table, messages: Sequence[OwedMessage]) -> None:
    """Store messages to be published; one that is owed already stays as it is."""
    statement = _insert_or_skip(outbox.fullname, OwedMessage._fields)
    for message in messages:
        await connection.exec_driver_sql(statement, tuple(message))


@cache
def _insert_or_skip(table: str, columns: tuple[str, ...]) -> str:
    """Write the statement once and as SQL: it stands in the way of every order, composing it cost more."""
    places = ", ".join(f"${position}" for position in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) ON CONFLICT (message_id) DO NOTHING"  # noqa: S608  (names of our own)


async def all_owed(connection: AsyncConnection, outbox: Table) -> tuple[OwedMessage, ...]:
    """Return what is owed, in the order it was decided."""
    rows = await connection.execute(
        select(outbox.c.message_id, outbox.c.stream, outbox.c.payload).order_by(outbox.c.position)
    )
    return tuple(OwedMessage(*row) for row in rows)


async def settle(connection: AsyncConnection, outbox: Table, message_ids: Sequence[UUID]) -> None:
    """Forget messages that every reader has taken."""
    if message_ids:
        await connection.execute(outbox.delete().where(outbox.c.message_id.in_(message_ids)))


async def prune_inbox(connection: AsyncConnection, inbox: Table, before: datetime) -> int:
    """Forget ids that no stream can bring again; return how many."""
    return (await connection.execute(inbox.delete().where(inbox.c.taken_at < before))).rowcount
