"""A service's part of the book of record: its state, its records, and what it has taken and owes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from poise_common.platform.bus.wire import Outgoing
from poise_common.platform.database import missing_tables, outages_told_apart
from poise_common.platform.durable_messages import (
    OwedMessage,
    all_owed,
    owe,
    prune_inbox,
    settle,
    take_once,
)
from poise_common.platform.failpoints import Failpoint, hit
from poise_common.platform.lease import Lease
from poise_common.platform.refusals import SchemaMissing
from poise_common.platform.service import Repository
from poise_common.platform.shell_tables import ShellTables


class Book:
    """Read and write one schema; every write of a decision is one transaction, under the lease.

    Each method raises LeaseLost when another process has become the writer, BookUnreachable when the database is gone.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        shell: ShellTables,
        lease: Lease,
        repository: Repository | None,
        tables: Sequence[Table] = (),
    ) -> None:
        self._engine = engine
        self._shell = shell
        self._lease = lease
        self._repository = repository
        self._tables = tables

    outages_told_apart = staticmethod(outages_told_apart)
    """What is done with a book within it fails as BookUnreachable where the database is away, or slow."""

    async def check(self) -> None:
        """Raise SchemaMissing unless all tables are there."""
        with outages_told_apart():
            async with self._engine.connect() as connection:
                missing = await missing_tables(connection, (*self._shell, *self._tables))
        if missing:
            raise SchemaMissing(str(self._shell.inbox.schema), missing)

    async def load(self) -> Any:
        """Return the repository's state, None without a repository."""
        if self._repository is None:
            return None
        async with self._leased() as connection:
            return await self._repository.load(connection)

    async def owed(self) -> tuple[OwedMessage, ...]:
        """Return the messages decided before, that may not have been taken by all their readers."""
        async with self._leased() as connection:
            return await all_owed(connection, self._shell.outbox)

    @asynccontextmanager
    async def deciding(self) -> AsyncIterator[AsyncConnection]:
        """Begin a decision's transaction; commits at the end, or nothing."""
        async with self._leased() as connection:
            yield connection
            hit(Failpoint.COMMIT_BEFORE)
        hit(Failpoint.COMMIT_AFTER)

    @asynccontextmanager
    async def taking(self, message_id: UUID, stream: str) -> AsyncIterator[AsyncConnection | None]:
        """Begin the transaction of taking a message, and note it; yields None for one that was taken before."""
        with outages_told_apart():
            async with self._engine.begin() as connection:
                taking = await take_once(connection, self._shell, message_id, stream, epoch=self._lease.epoch)
                if not taking.is_leased:
                    self._lease.refuse()
                yield connection if taking.is_first else None
                hit(Failpoint.COMMIT_BEFORE)
        hit(Failpoint.COMMIT_AFTER)

    async def write(self, connection: AsyncConnection, records: Sequence[object], owed: Sequence[Outgoing]) -> None:
        """Write a decision's records and the work messages it owes."""
        if records:
            if self._repository is None:
                message = f"{self._shell.inbox.schema} stores records but has no repository"
                raise TypeError(message)
            await self._repository.save(connection, records)
        await owe(connection, self._shell.outbox, [OwedMessage(out.message_id, out.name, out.payload) for out in owed])

    async def settle(self, message_ids: Sequence[UUID]) -> None:
        """Forget owed messages that all readers have taken."""
        async with self._leased() as connection:
            await settle(connection, self._shell.outbox, message_ids)

    async def prune(self, before: datetime) -> int:
        """Forget ids taken before a time; return how many."""
        async with self._leased() as connection:
            return await prune_inbox(connection, self._shell.inbox, before)

    @asynccontextmanager
    async def _leased(self) -> AsyncIterator[AsyncConnection]:
        with outages_told_apart():
            async with self._engine.begin() as connection:
                await self._lease.hold(connection)
                yield connection
