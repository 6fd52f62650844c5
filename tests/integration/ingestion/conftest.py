from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from tests.integration.ingestion.processes import Bus


@pytest.fixture
async def bus(redis_url: str) -> AsyncIterator[Bus]:
    async with Redis.from_url(redis_url) as redis:
        yield Bus(redis)
