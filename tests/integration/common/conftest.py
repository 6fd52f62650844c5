"""What the platform's tests share: the toy's tables, a client, and a Redis of their own to do harm to."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.integration.common.private_redis import PrivateRedis
from tests.integration.common.toy_service import create_tables


@pytest.fixture
async def database(database_url: str) -> str:
    """The toy's schema, empty."""
    await create_tables(database_url)
    return database_url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    server = PrivateRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
async def private_client(private_redis: PrivateRedis) -> AsyncIterator[Redis]:
    async with Redis.from_url(private_redis.url) as client:
        yield client
