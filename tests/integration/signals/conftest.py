"""What the tests of the running service share: a migrated database, and everybody around it."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from tests.integration.signals.desk import Desk
from tests.integration.signals.stored import Book


@pytest.fixture
async def book(migrated: str) -> AsyncIterator[Book]:
    """The migrated schema, without a package."""
    book = Book(migrated)
    yield book
    await book.empty()


@pytest.fixture
async def desk(redis_url: str) -> AsyncIterator[Desk]:
    async with Redis.from_url(redis_url) as redis:
        yield Desk(redis)
