"""What the platform's tests share: the toy's tables, a client, and a Redis of their own to do harm to."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis
from tests.integration.common.private_redis import PrivateRedis
from tests.integration.common.redis_nodes import Cluster, running_cluster
from tests.integration.common.toy_service import create_tables

from poise_common.platform.bus.redis_client import connect_redis


@pytest.fixture
async def database(database_url: str) -> str:
    """The toy's schema, empty."""
    await create_tables(database_url)
    return database_url


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Redis Cluster for the whole run; who would do harm to one has its own."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """A bus with nothing in it: a server, or a cluster where a test asks for one by `ON_SERVER_AND_CLUSTER`."""
    if getattr(request, "param", "server") == "cluster":
        cluster: Cluster = request.getfixturevalue("redis_cluster")
        cluster.home.ask("FLUSHALL")
        return cluster.url
    server: str = request.getfixturevalue("redis_server")
    with SyncRedis.from_url(server) as redis:
        redis.flushall()
    return server


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with connect_redis(redis_url) as client:
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
