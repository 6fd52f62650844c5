"""The revisions against a real PostgreSQL: up, down, and the very schema that the services' tables describe."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_common.platform.database import create_engine
from poise_common.platform.migrations import downgrade, upgrade
from poise_execution.adapters import tables as execution_tables
from poise_portfolio.adapters import tables as portfolio_tables
from poise_risk.adapters import tables as risk_tables
from poise_signals.adapters import tables as signals_tables

DIRECTORY = Path(__file__).parents[3] / "infra" / "postgres" / "migrations"
METADATA: dict[str, MetaData] = {
    "risk": risk_tables.metadata,
    "signals": signals_tables.metadata,
    "execution": execution_tables.metadata,
    "portfolio": portfolio_tables.metadata,
}
REVISIONS = [revision.revision for revision in reversed(list(ScriptDirectory(str(DIRECTORY)).walk_revisions()))]

# What a schema consists of, as the catalogue writes it.
COLUMNS = """
    SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity, numeric_precision,
        col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
    FROM information_schema.columns WHERE table_schema = :schema
"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE connamespace = to_regnamespace(:schema) AND contype <> 'n'
"""
CHECK_NAMES = """
    SELECT conrelid::regclass::text, conname FROM pg_constraint
    WHERE connamespace = to_regnamespace(:schema) AND contype = 'c'
"""
INDEXES = "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = :schema"


@pytest.fixture
def empty_database_url(database_url: str) -> str:
    downgrade_to_nothing(database_url)
    return database_url


def test_a_second_upgrade_changes_nothing(empty_database_url: str) -> None:
    upgrade(empty_database_url, directory=DIRECTORY)
    before = catalogues(empty_database_url)
    upgrade(empty_database_url, directory=DIRECTORY)
    assert catalogues(empty_database_url) == before
    assert all(before.values())


def test_each_revision_goes_up_and_down_and_up_again(empty_database_url: str) -> None:
    for below, revision in zip(["base", *REVISIONS], REVISIONS, strict=False):
        before = catalogues(empty_database_url)
        upgrade(empty_database_url, revision, directory=DIRECTORY)
        made = catalogues(empty_database_url)
        downgrade(empty_database_url, below, directory=DIRECTORY)
        assert catalogues(empty_database_url) == before
        upgrade(empty_database_url, revision, directory=DIRECTORY)
        assert catalogues(empty_database_url) == made != before


def test_the_way_down_leaves_nothing_behind(empty_database_url: str) -> None:
    upgrade(empty_database_url, directory=DIRECTORY)
    assert schemas(empty_database_url) == {"public", *METADATA}
    downgrade(empty_database_url, "base", directory=DIRECTORY)
    assert schemas(empty_database_url) == {"public"}


def test_a_step_that_fails_leaves_nothing_half_done(empty_database_url: str) -> None:
    execute(empty_database_url, "CREATE SCHEMA portfolio")
    with pytest.raises(Exception, match="already exists"):
        upgrade(empty_database_url, directory=DIRECTORY)
    assert schemas(empty_database_url) == {"public", "portfolio"}


def test_two_steps_that_start_together_both_end_well(empty_database_url: str) -> None:
    step = (
        "import pathlib, sys; from poise_common.platform.migrations import upgrade;"
        "upgrade(sys.argv[1], directory=pathlib.Path(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", step, empty_database_url, str(DIRECTORY)]
    steps = [subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True) for _ in range(2)]  # noqa: S603  # our own
    assert [(process.communicate()[1], process.returncode) for process in steps] == [("", 0)] * 2
    assert schemas(empty_database_url) == {"public", *METADATA}


@pytest.mark.parametrize("schema", METADATA)
def test_the_migrated_schema_is_the_one_its_service_describes(empty_database_url: str, schema: str) -> None:
    upgrade(empty_database_url, directory=DIRECTORY)
    migrated = catalogue(empty_database_url, schema)
    assert run(empty_database_url, lambda connection: connection.run_sync(differences, schema)) == []
    execute(empty_database_url, f"DROP SCHEMA {schema} CASCADE")
    execute(empty_database_url, f"CREATE SCHEMA {schema}")
    run(empty_database_url, lambda connection: connection.run_sync(METADATA[schema].create_all))
    described = catalogue(empty_database_url, schema)
    for part, found in migrated.items():
        assert found == described[part], part


def differences(connection: Connection, schema: str) -> list[Any]:
    def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "schema" or name == schema

    context = MigrationContext.configure(
        connection, opts={"include_schemas": True, "include_name": is_ours, "compare_server_default": True}
    )
    return list(compare_metadata(context, METADATA[schema]))


def catalogues(url: str) -> dict[str, dict[str, set[tuple[Any, ...]]]]:
    return {schema: catalogue(url, schema) for schema in METADATA}


def catalogue(url: str, schema: str) -> dict[str, set[tuple[Any, ...]]]:
    async def read(connection: AsyncConnection) -> dict[str, set[tuple[Any, ...]]]:
        parts = {"columns": COLUMNS, "constraints": CONSTRAINTS, "check names": CHECK_NAMES, "indexes": INDEXES}
        return {
            part: {tuple(row) for row in await connection.execute(text(query), {"schema": schema})}
            for part, query in parts.items()
        }

    found: dict[str, set[tuple[Any, ...]]] = run(url, read)
    return found


def schemas(url: str) -> set[str]:
    async def read(connection: AsyncConnection) -> set[str]:
        found = await connection.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'")
        )
        return set(found.scalars())

    names: set[str] = run(url, read)
    return names


def downgrade_to_nothing(url: str) -> None:
    for schema in (*METADATA, "public"):
        execute(url, f"DROP SCHEMA IF EXISTS {schema} CASCADE")
    execute(url, "CREATE SCHEMA public")


def execute(url: str, statement: str) -> None:
    run(url, lambda connection: connection.execute(text(statement)))


def run(url: str, work: Callable[[AsyncConnection], Any]) -> Any:
    async def connected() -> Any:
        engine = create_engine(url, pool_size=1)
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(connected())
