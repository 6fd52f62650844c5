"""Redis clients whose waits can be given up at any moment."""

import asyncio
from collections.abc import Iterable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError


def connect_redis(url: str) -> Redis:
    """Return a client that connects when it is first used; raises ValueError where the URL is none of Redis."""
    return heed_cancellations(Redis.from_url(url))


def heed_cancellations(redis: Redis) -> Redis:
    """Return the client, from now on with connections that lose no cancellation.

    redis-py sends within `asyncio.wait_for`, and that of Python 3.11 swallows a cancellation that comes in the moment
    in which its inner wait ends: a time limit would pass unheeded, a task that is to stop would go on for ever.
    """
    pool = redis.connection_pool
    pool.connection_class = _heedful(pool.connection_class)
    return redis


def _heedful(connection_class: Any) -> Any:
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
