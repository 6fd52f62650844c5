from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from poise_common.platform.database import create_engine
from poise_portfolio.adapters.tables import metadata


@pytest.fixture
async def engine(migrated: str) -> AsyncIterator[AsyncEngine]:
    """The migrated schema with nothing in it."""
    engine = create_engine(migrated)
    async with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())
    yield engine
    await engine.dispose()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis
