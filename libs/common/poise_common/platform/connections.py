"""A service's connections, waited for at the start: what is not there yet may come."""

import asyncio
from collections.abc import Sequence

from faststream.redis import RedisBroker
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from poise_common.platform.book import Book
from poise_common.platform.bus.broker import create_broker
from poise_common.platform.database import create_engine
from poise_common.platform.outages import Outage
from poise_common.platform.refusals import DatabaseNotConfigured
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings
from poise_common.platform.single_writer import SingleWriter


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
        self.writer: SingleWriter | None = None
        self.on_trouble = self._trouble.append

    def unready(self) -> Sequence[str]:
        """Say what is still waited for."""
        if self.writer is not None:
            return ("another process writes this schema; standing by",)
        return ("waiting for the bus and the book of record",)

    async def open(self) -> None:
        """Connect, waiting with back-off for servers; check the schema; become its one writer."""
        self.redis = await self.broker.connect()
        await self._wait_for_redis()
        if self._spec.schema is None:
            return
        url = self._settings.database.read_url()
        if url is None:
            raise DatabaseNotConfigured(self._spec.service)
        self._engine = create_engine(url, pool_size=self._settings.database.pool_size)
        await self._wait_for_database(self._engine)
        self.book = Book(self._engine, self._spec.schema, self._spec.repository, tuple(self._spec.tables.values()))
        await self.book.check()
        self.writer = SingleWriter(self._engine, self._spec.schema)
        await self.writer.acquire()

    async def close(self) -> None:
        """Close what is open."""
        if self.writer is not None:
            await self.writer.release()
        if self._engine is not None:
            await self._engine.dispose()
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
                async with engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))
            except (OSError, DBAPIError) as error:
                await asyncio.sleep(outage.goes_on(error))
            else:
                return outage.is_over()
