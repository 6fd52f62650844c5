"""A service's part of the book of record: its state, its records, and what it has taken and owes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from poise_common.platform.bus.wire import Outgoing
from poise_common.platform.database import missing_tables
from poise_common.platform.durable_messages import (
    OwedMessage,
    all_owed,
    inbox_outbox_tables,
    owe,
    prune_inbox,
    settle,
    take_once,
)
from poise_common.platform.failpoints import Failpoint, hit
from poise_common.platform.refusals import SchemaMissing
from poise_common.platform.service import Repository


class Book:
    """Read and write one schema; every write of a decision is one transaction."""

    def __init__(
        self, engine: AsyncEngine, schema: str, repository: Repository | None, tables: Sequence[Table] = ()
    ) -> None:
        self._engine = engine
        self._schema = schema
        self._repository = repository
        self._tables = tables
        self._inbox, self._outbox = inbox_outbox_tables(MetaData(schema=schema))

    async def check(self) -> None:
        """Raise SchemaMissing unless all tables are there."""
        async with self._engine.connect() as connection:
            missing = await missing_tables(connection, (self._inbox, self._outbox, *self._tables))
        if missing:
            raise SchemaMissing(self._schema, missing)

    async def load(self) -> Any:
        """Return the repository's state, None without a repository."""
        if self._repository is None:
            return None
        async with self._engine.begin() as connection:
            return await self._repository.load(connection)

    async def owed(self) -> tuple[OwedMessage, ...]:
        """Return the messages decided before, that may not have been taken by all their readers."""
        async with self._engine.begin() as connection:
            return await all_owed(connection, self._outbox)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncConnection]:
        """Commit at the end, or nothing."""
        async with self._engine.begin() as connection:
            yield connection
            hit(Failpoint.COMMIT_BEFORE)
        hit(Failpoint.COMMIT_AFTER)

    async def take_once(self, connection: AsyncConnection, message_id: UUID, stream: str) -> bool:
        """Say whether a message comes for the first time, and note it."""
        return await take_once(connection, self._inbox, message_id, stream)

    async def write(self, connection: AsyncConnection, records: Sequence[object], owed: Sequence[Outgoing]) -> None:
        """Write a decision's records and the work messages it owes."""
        if records:
            if self._repository is None:
                message = f"{self._schema} stores records but has no repository"
                raise TypeError(message)
            await self._repository.save(connection, records)
        await owe(connection, self._outbox, [OwedMessage(out.message_id, out.name, out.payload) for out in owed])

    async def settle(self, message_ids: Sequence[UUID]) -> None:
        """Forget owed messages that all readers have taken."""
        async with self._engine.begin() as connection:
            await settle(connection, self._outbox, message_ids)

    async def prune(self, before: datetime) -> int:
        """Forget ids taken before a time; return how many."""
        async with self._engine.begin() as connection:
            return await prune_inbox(connection, self._inbox, before)
