from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.risk.bus_desk import BusDesk, RiskProcess

from poise_common.platform.database import create_engine
from poise_common.platform.key_files import ensure_key_pair
from poise_risk.adapters.tables import metadata


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
async def desk(redis_url: str) -> AsyncIterator[BusDesk]:
    async with Redis.from_url(redis_url) as redis:
        yield BusDesk(redis)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Files of a private and a public key."""
    files = tmp_path / "signing.pem", tmp_path / "verify.pem"
    ensure_key_pair(*files)
    return files


@pytest.fixture
def risk(redis_url: str, engine: AsyncEngine, keys: tuple[Path, Path]) -> RiskProcess:
    """The gatekeeper on an empty book of record."""
    return RiskProcess(redis_url, engine.url.render_as_string(hide_password=False), keys[0])
