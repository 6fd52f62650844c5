"""What makes a work message's effect happen once: the inbox of ids taken, the outbox of messages owed."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, LargeBinary, MetaData, Table, Text, Uuid, func, select
from sqlalchemy.ext.asyncio import AsyncConnection


class InboxOutbox(NamedTuple):
    """The two tables every service with work messages has in its schema."""

    inbox: Table
    outbox: Table


def inbox_outbox_tables(metadata: MetaData) -> InboxOutbox:
    """Add the inbox and the outbox to a service's metadata (whose schema they live in)."""
    inbox = Table(
        "inbox",
        metadata,
        Column("message_id", Uuid, primary_key=True),
        Column("stream", Text, nullable=False),
        Column("taken_at", DateTime(timezone=True), nullable=False, server_default=func.now(), index=True),
    )
    outbox = Table(
        "outbox",
        metadata,
        Column("position", BigInteger, Identity(), primary_key=True),
        Column("message_id", Uuid, nullable=False, unique=True),
        Column("stream", Text, nullable=False),
        Column("payload", LargeBinary, nullable=False),
        Column("stored_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )
    return InboxOutbox(inbox, outbox)


class OwedMessage(NamedTuple):
    """A work message that was decided and may not have been taken by all its readers yet."""

    message_id: UUID
    stream: str
    payload: bytes


async def take_once(connection: AsyncConnection, inbox: Table, message_id: UUID, stream: str) -> bool:
    """Note that a message is being taken; False says that it was taken before."""
    statement = _insert_or_skip(inbox.fullname, ("message_id", "stream"))
    return (await connection.exec_driver_sql(statement, (message_id, stream))).rowcount == 1


async def owe(connection: AsyncConnection, outbox: Table, messages: Sequence[OwedMessage]) -> None:
    """Store messages to be published; one that is owed already stays as it is."""
    statement = _insert_or_skip(outbox.fullname, OwedMessage._fields)
    for message in messages:
        await connection.exec_driver_sql(statement, tuple(message))


@cache
def _insert_or_skip(table: str, columns: tuple[str, ...]) -> str:
    """Write the statement once and as SQL: these two stand in the way of every order, composing them cost more."""
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
