"""Redis clients by URL, whose waits can be given up at any moment, and who find a server that moves."""

import asyncio
from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.connection import ConnectionPool
from redis.exceptions import (
    AskError,
    ClusterDownError,
    ReadOnlyError,
    ResponseError,
    TryAgainError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.platform.bus.bus_url import Address, BusKind, BusUrl, read_bus_url
from poise_common.platform.bus.homes import ClusterHome, Home, SentinelHome
from poise_common.platform.bus.key_places import with_key_prefix

_MOVED = (AskError, ClusterDownError, ReadOnlyError, TryAgainError)
"""Answers of a server that has the keys no more, not yet or not wholly; a MovedError is an AskError, too."""
_UNBLOCKED = "UNBLOCKED"
"""How a server that was made a replica ends the reads that wait on it."""


def connect_redis(url: str, pool_class: type[ConnectionPool] = ConnectionPool, **options: Any) -> Redis:
    """Return a client that connects when it is first used; raises BusUrlRefused (a ValueError) for a URL of no bus.

    What the URL asks for goes before `options`, which are those of redis-py's pools and connections.
    """
    read = read_bus_url(url)
    pool_options = options | read.options
    connection_class = _heedful(pool_options.pop("connection_class"))
    if read.kind is BusKind.SERVER:
        return Redis.from_pool(pool_class(connection_class=connection_class, **pool_options))
    home = _home(read, connection_class)
    return Redis.from_pool(pool_class(connection_class=_homed(connection_class), home=home, **pool_options))


async def look_for_home_anew(redis: Redis) -> None:
    """Leave the server that is connected to, where servers take over for each other: another one has its place."""
    home: Home | None = redis.connection_pool.connection_kwargs.get("home")
    if home is not None:
        home.forget()
        await redis.connection_pool.disconnect(inuse_connections=False)


def _home(read: BusUrl, connection_class: Any) -> Home:
    options = {key: value for key, value in read.options.items() if key != "connection_class"}
    if read.kind is BusKind.CLUSTER:
        return ClusterHome(read.name, read.nodes, connection_class, options)
    return SentinelHome(read.name, read.nodes, connection_class, options, read.sentinel_options)


def _heedful(connection_class: Any) -> Any:
    """Return the connection class, losing no cancellation.

    redis-py sends within `asyncio.wait_for`, and that of Python 3.11 swallows a cancellation that comes in the moment
    in which its inner wait ends: a time limit would pass unheeded, a task that is to stop would go on for ever.
    """

    class Heedful(connection_class):  # type: ignore[misc]
        """Sends within `asyncio.timeout`; without a limit of its own redis-py leaves `asyncio.wait_for` out."""

        socket_timeout: float | None

        async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
            limit_s, self.socket_timeout = self.socket_timeout, None
            try:
                async with asyncio.timeout(limit_s):
                    await super().send_packed_command(command, check_health)
            except TimeoutError:
                message = f"sending took longer than {limit_s:g} s"
                raise RedisTimeoutError(message) from None
            finally:
                self.socket_timeout = limit_s

    return Heedful


def _homed(connection_class: Any) -> Any:
    """Return the connection class, connecting to where the desk's keys are and with their prefix before every key.

    A server that has them no more is an outage like any other: what reads and writes waits, and goes on at the next.
    """

    class Homed(connection_class):  # type: ignore[misc]
        host: str
        port: int

        def __init__(self, *, home: Home, **options: Any) -> None:
            super().__init__(**options)
            self._home = home

        async def _connect(self) -> None:
            self.host, self.port = await self._home.find()
            try:
                await super()._connect()
            except OSError:
                self._home.forget(Address(self.host, self.port))
                raise

        def pack_command(self, *words: Any) -> list[bytes]:
            prefix = self._home.key_prefix
            packed: list[bytes] = super().pack_command(*(with_key_prefix(prefix, words) if prefix else words))
            return packed

        async def read_response(self, *arguments: Any, **options: Any) -> Any:
            try:
                return await super().read_response(*arguments, **options)
            except ResponseError as error:
                if not isinstance(error, _MOVED) and not str(error).startswith(_UNBLOCKED):
                    raise
                self._home.forget(Address(self.host, self.port))
                await self.disconnect(nowait=True)
                message = f"{self.host}:{self.port} is not where the desk's keys are: {type(error).__name__}: {error}"
                raise RedisConnectionError(message) from error

    return Homed
