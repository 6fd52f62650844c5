from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import create_async_engine
from tests.integration.conftest import Simulator
from tests.integration.execution.desk import Desk, ExecutionAt, ExecutionProcess
from tests.integration.execution.venue_proxy import VenueProxy

from poise_execution.adapters import tables


@pytest.fixture(scope="module")
def risk_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def key_file(risk_key: Ed25519PrivateKey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "risk.pub"
    file.write_bytes(risk_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return file


@pytest.fixture
async def database(migrated: str) -> str:
    """The migrated schema, with nothing in it."""
    engine = create_async_engine(migrated)
    async with engine.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            await connection.execute(table.delete())
    await engine.dispose()
    return migrated


@pytest.fixture
def execution_at(redis_url: str, database: str, key_file: Path) -> ExecutionAt:
    """Return what makes an execution process that trades at an address."""

    def make(venue_url: str, **environment: str) -> ExecutionProcess:
        return ExecutionProcess(redis_url, database, venue_url, key_file, **environment)

    return make


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
async def desk(redis: Redis, simulator: Simulator, risk_key: Ed25519PrivateKey) -> AsyncIterator[Desk]:
    async with Desk(redis, simulator.http_url, risk_key).speaking() as speaking:
        yield speaking


@pytest.fixture
async def proxy(simulator: Simulator) -> AsyncIterator[VenueProxy]:
    async with VenueProxy(simulator.http_url).listening() as listening:
        yield listening
