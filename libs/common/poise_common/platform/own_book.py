"""A service's own part of the book of record, waited for at the start and opened as its one writer."""

import asyncio
import os
import socket
from uuid import uuid4

from sqlalchemy import MetaData, text

from poise_common.platform.book import Book
from poise_common.platform.database import BookUnreachable, create_engine, outages_told_apart, refusals_told_apart
from poise_common.platform.lease import Lease
from poise_common.platform.metrics import BOOK_UP
from poise_common.platform.outages import Outage
from poise_common.platform.refusals import DatabaseNotConfigured
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings
from poise_common.platform.shell_tables import shell_tables

_NAME_MAX = 63
"""Of an application name, in characters of ours (all ASCII)."""


class OwnBook:
    """The engine, the lease and the book of one schema."""

    def __init__(self, spec: ServiceSpec, settings: ServiceSettings) -> None:
        """Raise DatabaseNotConfigured where no database is configured."""
        url = settings.database.read_url()
        if url is None:
            raise DatabaseNotConfigured(spec.service)
        name = _process_name(spec.service)
        shell = shell_tables(MetaData(schema=spec.schema))
        self._engine = create_engine(url, pool_size=settings.database.pool_size, session_name=name)
        self.lease = Lease(self._engine, shell.lease, name, settings.lease)
        self.book = Book(self._engine, shell, self.lease, spec.repository, tuple(spec.tables.values()))

    async def open(self) -> None:
        """Wait with back-off for the database, check the schema, become its one writer; raises StartRefused."""
        with refusals_told_apart():
            await self._wait_for_database()
            await self.book.check()
            await self.lease.acquire()

    async def close(self) -> None:
        """Close every session, the lease's last."""
        await self._engine.dispose()
        await self.lease.release()

    async def _wait_for_database(self) -> None:
        outage = Outage("the book of record")
        BOOK_UP.set(0)
        while True:
            try:
                with outages_told_apart():
                    async with self._engine.connect() as connection:
                        await connection.execute(text("SELECT 1"))
            except BookUnreachable as error:
                await asyncio.sleep(outage.goes_on(error))
            else:
                BOOK_UP.set(1)
                return outage.is_over()


def _process_name(service: str) -> str:
    """Name this process as no other is: for people, and for whoever must end its sessions."""
    return f"{service}:{uuid4().hex[:8]}:{os.getpid()}@{socket.gethostname()}"[:_NAME_MAX]
