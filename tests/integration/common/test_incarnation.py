"""Asking Redis which life it is in."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError
from redis.exceptions import ConnectionError as RedisConnectionError
from tests.integration.common.private_redis import PrivateRedis

from poise_common.platform.bus.incarnation import read_incarnation
from poise_common.platform.bus.redis_client import connect_redis

_KEYS = 4_000
_SLOWLY = {"key-load-delay": "1000", "loading-process-events-interval-bytes": "1024"}
"""Microseconds a key: four seconds of loading, in which the server answers that it loads."""


async def test_a_server_that_still_loads_is_away_and_tells_its_life_once_it_has(tmp_path: Path) -> None:
    server = PrivateRedis(tmp_path)
    redis = connect_redis(server.url)
    try:
        before = await read_incarnation(redis)
        await redis.mset({f"key{number}": "value" for number in range(_KEYS)})
        await redis.bgrewriteaof()  # what is loaded key by key
        while (await redis.info("persistence"))["aof_rewrite_in_progress"]:
            pass
        server.stop()
        starting = asyncio.create_task(asyncio.to_thread(server.start, **_SLOWLY))
        await _until_it_loads(redis)
        with pytest.raises(RedisConnectionError):
            await read_incarnation(redis)
        await starting
        assert await read_incarnation(redis) != before
    finally:
        await redis.aclose()
        server.stop()


async def _until_it_loads(redis: Redis) -> None:
    while True:
        try:
            await redis.get("key1")
        except BusyLoadingError:
            return
        except RedisConnectionError:
            await asyncio.sleep(0.01)  # it does not listen yet
