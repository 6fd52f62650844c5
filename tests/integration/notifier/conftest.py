from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.notifier.bot_api_server import TOKEN, FakeTelegram
from tests.integration.notifier.rig import Rig, Webhook

from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.database import create_engine
from poise_notifier.adapters.tables import metadata


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    application = web.Application()
    application.router.add_post("/hook", hook.posted)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram().listening() as server:
        yield server


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
    redis = connect_redis(redis_url)
    yield redis
    await redis.aclose()


@pytest.fixture
def rig(redis_url: str, redis: Redis, engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A notifier on an empty book, that tells nobody yet."""
    token_file = tmp_path / "telegram-token"
    token_file.write_text(f"{TOKEN}\n")
    return Rig(redis_url, redis, engine, token_file, monkeypatch)
