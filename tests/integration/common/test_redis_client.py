"""What a client of ours does with a cancellation, at a real server."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError

from poise_common.platform.bus.redis_client import connect_redis

_PASSES = 40
"""More passes of the event loop than a command takes."""


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with connect_redis(redis_url) as client:
        await client.ping()
        yield client


@pytest.mark.parametrize("is_connected", [True, False])
async def test_a_command_is_given_up_in_whatever_moment_it_is_cancelled(redis: Redis, is_connected: bool) -> None:
    for passes in range(_PASSES):
        if not is_connected:
            await redis.connection_pool.disconnect()
        command = asyncio.ensure_future(redis.ping())
        for _ in range(passes):
            await asyncio.sleep(0)
        was_asked = command.cancel()
        await asyncio.wait({command})
        assert command.cancelled() is was_asked, passes
        assert await redis.ping()


async def test_a_server_that_takes_nothing_in_ends_the_command_as_a_time_out() -> None:
    async def never_reads(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)
        writer.transport.pause_reading()  # type: ignore[attr-defined]

    taken: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(never_reads, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, connect_redis(f"redis://127.0.0.1:{port}/0?socket_timeout=0.3&protocol=2") as client:
        with pytest.raises(RedisTimeoutError):
            await client.set("much", b"." * 64_000_000)
        for writer in taken:
            writer.close()
