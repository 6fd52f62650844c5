"""`poise migrate` on a real PostgreSQL."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.cli.commands import poise

from poise_common.platform.database import create_engine

SCHEMAS = {"risk", "signals", "execution", "portfolio", "notifier"}
DONE = "the database is at the newest schema\n"


@pytest.fixture
async def empty_database(database_url: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database_url)
    async with engine.begin() as connection:  # another test may have come first
        await connection.execute(text(f"drop schema if exists {', '.join(SCHEMAS)} cascade"))
        await connection.execute(text("drop table if exists public.alembic_version"))
    yield engine
    await engine.dispose()


async def schemas(engine: AsyncEngine) -> set[str]:
    async with engine.connect() as connection:
        found = await connection.execute(text("select schema_name from information_schema.schemata"))
        return set(found.scalars())


async def test_an_empty_database_gets_every_schema_and_a_second_run_changes_nothing(
    tmp_path: Path, empty_database: AsyncEngine, database_url: str
) -> None:
    assert not SCHEMAS & await schemas(empty_database)
    for _ in range(2):
        ended = await poise("migrate", cwd=tmp_path, POISE_DATABASE__URL=database_url)
        assert (ended.code, ended.out, ended.errors) == (0, DONE, "")
        assert await schemas(empty_database) >= SCHEMAS


async def test_the_url_may_come_from_a_secret_file(tmp_path: Path, database_url: str) -> None:
    secret = tmp_path / "url"
    secret.write_text(f"{database_url}\n")
    ended = await poise("migrate", cwd=tmp_path, POISE_DATABASE__URL_FILE=str(secret))
    assert (ended.code, ended.out) == (0, DONE)


async def test_without_a_database_it_is_refused_in_one_line(tmp_path: Path) -> None:
    ended = await poise("migrate", cwd=tmp_path)
    assert ended.refused_in_one_line
    assert "POISE_DATABASE__URL is not set" in ended.errors


async def test_a_database_that_does_not_exist_is_said_in_one_line(tmp_path: Path, database_url: str) -> None:
    nowhere = database_url.replace("/poise_", "/nobodys_")
    assert nowhere != database_url
    ended = await poise("migrate", cwd=tmp_path, POISE_DATABASE__URL=nowhere)
    assert ended.refused_in_one_line
    assert "does not exist" in ended.errors
