"""A service's connections, waited for at the start: what is not there yet may come."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from redis.exceptions import AuthenticationError, NoPermissionError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.metrics import BUS_UP
from poise_common.platform.outages import Outage
from poise_common.platform.refusals import LoginRefused
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings

if TYPE_CHECKING:  # a service without a book never loads a database's libraries
    from poise_common.platform.book import Book
    from poise_common.platform.lease import Lease
    from poise_common.platform.own_book import OwnBook

_CLOSES_WITHIN_S = 3


class Connections:
    """The bus, and the book of record where the service keeps one."""

    def __init__(self, spec: ServiceSpec, settings: ServiceSettings) -> None:
        self._spec = spec
        self._settings = settings
        self._own_book: OwnBook | None = None
        self.redis = connect_redis(settings.redis.read_url())

    @property
    def book(self) -> "Book | None":
        return self._own_book.book if self._own_book is not None else None

    @property
    def lease(self) -> "Lease | None":
        return self._own_book.lease if self._own_book is not None else None

    def unready(self) -> Sequence[str]:
        """Say what is still waited for."""
        if self.lease is not None and self.lease.waits_for:
            return (f"standing by: {self.lease.waits_for} holds the lease",)
        return ("waiting for the bus and the book of record",)

    async def open(self) -> None:
        """Connect, waiting with back-off for servers; check the schema; become its one writer."""
        await self._wait_for_redis()
        if self._spec.schema is None:
            return
        from poise_common.platform.own_book import OwnBook  # noqa: PLC0415 - loads the database's libraries

        self._own_book = OwnBook(self._spec, self._settings)
        await self._own_book.open()

    async def close(self) -> None:
        """Close what is open; a server that does not answer is left."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSES_WITHIN_S):
                if self._own_book is not None:
                    await self._own_book.close()
        await self.redis.aclose()

    async def _wait_for_redis(self) -> None:
        outage = Outage("the bus")
        BUS_UP.set(0)
        while True:
            try:
                await self.redis.ping()
            except (AuthenticationError, NoPermissionError) as error:
                raise LoginRefused("the bus", str(error)) from None
            except (RedisConnectionError, RedisTimeoutError) as error:
                await asyncio.sleep(outage.goes_on(error))
            else:
                BUS_UP.set(1)
                return outage.is_over()
