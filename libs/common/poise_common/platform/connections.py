"""A service's connections, waited for at the start: what is not there yet may come."""

import asyncio
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from uuid import uuid4

from faststream.redis import RedisBroker
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy import MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from poise_common.platform.book import Book
from poise_common.platform.bus.broker import create_broker
from poise_common.platform.bus.redis_client import heed_cancellations
from poise_common.platform.database import BookUnreachable, create_engine, outages_told_apart
from poise_common.platform.lease import Lease
from poise_common.platform.outages import Outage
from poise_common.platform.refusals import DatabaseNotConfigured
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings
from poise_common.platform.shell_tables import shell_tables

_CLOSES_WITHIN_S = 3
_NAME_MAX = 63
"""Of an application name, in characters of ours (all ASCII)."""


class Connections:
    """The bus, and the book of record where the service keeps one."""

    def __init__(self, spec: ServiceSpec, settings: ServiceSettings) -> None:
        self._spec = spec
        self._settings = settings
        self._trouble: list[BaseException] = []
        self._engine: AsyncEngine | None = None
        self.broker: RedisBroker = create_broker(settings.redis.url, self._hear)
        self.redis: Redis
        self.book: Book | None = None
        self.lease: Lease | None = None
        self.on_trouble = self._trouble.append

    def unready(self) -> Sequence[str]:
        """Say what is still waited for."""
        if self.lease is not None and self.lease.waits_for:
            return (f"standing by: {self.lease.waits_for} holds the lease",)
        return ("waiting for the bus and the book of record",)

    async def open(self) -> None:
        """Connect, waiting with back-off for servers; check the schema; become its one writer."""
        self.redis = heed_cancellations(await self.broker.connect())
        await self._wait_for_redis()
        if self._spec.schema is None:
            return
        url = self._settings.database.read_url()
        if url is None:
            raise DatabaseNotConfigured(self._spec.service)
        name = _process_name(self._spec.service)
        self._engine = create_engine(url, pool_size=self._settings.database.pool_size, session_name=name)
        await self._wait_for_database(self._engine)
        shell = shell_tables(MetaData(schema=self._spec.schema))
        self.lease = Lease(self._engine, shell.lease, name, self._settings.lease)
        self.book = Book(self._engine, shell, self.lease, self._spec.repository, tuple(self._spec.tables.values()))
        await self.book.check()
        await self.lease.acquire()

    async def close(self) -> None:
        """Close what is open; a server that does not answer is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSES_WITHIN_S):
                if self._engine is not None:
                    await self._engine.dispose()
                if self.lease is not None:
                    await self.lease.release()
        await self.broker.stop()

    def _hear(self, error: BaseException) -> None:
        self.on_trouble(error)

    async def _wait_for_redis(self) -> None:
        outage = Outage("the bus")
        while True:
            try:
                await self.redis.ping()
            except (RedisConnectionError, RedisTimeoutError) as error:
                await asyncio.sleep(outage.goes_on(error))
            else:
                return outage.is_over()

    async def _wait_for_database(self, engine: AsyncEngine) -> None:
        outage = Outage("the book of record")
        while True:
            try:
                with outages_told_apart():
                    async with engine.connect() as connection:
                        await connection.execute(text("SELECT 1"))
            except BookUnreachable as error:
                await asyncio.sleep(outage.goes_on(error))
            else:
                return outage.is_over()


def _process_name(service: str) -> str:
    """Name this process as no other is: for people, and for whoever must end its sessions."""
    return f"{service}:{uuid4().hex[:8]}:{os.getpid()}@{socket.gethostname()}"[:_NAME_MAX]
