"""The revisions against a real PostgreSQL: up, down, and the very schema that the services' tables describe."""

import subprocess
import sys
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.integration.migrations.databases import (
    DIRECTORY,
    METADATA,
    downgrade_to_nothing,
    execute,
    run,
    schemas,
)

from poise_common.platform.migrations import downgrade, upgrade

REVISIONS = [revision.revision for revision in reversed(list(ScriptDirectory(str(DIRECTORY)).walk_revisions()))]

# What a schema consists of, as the catalogue writes it; parts of tables aside, which come and go with time.
DESCRIBED = {
    "columns": """
        SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default, is_identity,
            numeric_precision, col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
        FROM information_schema.columns
        WHERE table_schema = :schema AND (
            SELECT NOT relispartition FROM pg_class WHERE oid = format('%I.%I', table_schema, table_name)::regclass
        )
    """,
    "constraints": """
        SELECT conrelid::regclass::text, contype::text, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = to_regnamespace(:schema) AND contype NOT IN ('n', 't') AND (
            SELECT NOT relispartition FROM pg_class WHERE oid = conrelid
        )
    """,
    "names of checks": """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
        WHERE connamespace = to_regnamespace(:schema) AND contype = 'c' AND (
            SELECT NOT relispartition FROM pg_class WHERE oid = conrelid
        )
    """,
    "indexes": """
        SELECT tablename, indexdef FROM pg_indexes
        WHERE schemaname = :schema AND (
            SELECT NOT relispartition FROM pg_class WHERE oid = format('%I.%I', schemaname, tablename)::regclass
        )
    """,
    "how tables are parted": """
        SELECT partrelid::regclass::text, pg_get_partkeydef(partrelid) FROM pg_partitioned_table
        JOIN pg_class ON pg_class.oid = partrelid
        WHERE relnamespace = to_regnamespace(:schema) AND NOT relispartition
    """,
}
MIGRATED = DESCRIBED | {
    "parts": """
        SELECT inhparent::regclass::text, inhrelid::regclass::text FROM pg_inherits
        JOIN pg_class ON pg_class.oid = inhparent
        WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'p'
    """,
    "functions": "SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = to_regnamespace(:schema)",
    "triggers": """
        SELECT pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
        WHERE relnamespace = to_regnamespace(:schema) AND NOT tgisinternal
    """,
    "grants": """
        SELECT grantee::text, table_name::text, privilege_type::text FROM information_schema.role_table_grants
        WHERE table_schema = :schema AND grantee LIKE 'poise%'
    """,
    "grants on tables to come": """
        SELECT unnest(defaclacl)::text FROM pg_default_acl WHERE defaclnamespace = to_regnamespace(:schema)
    """,
}


@pytest.fixture
def empty_database_url(database_url: str) -> str:
    downgrade_to_nothing(database_url)
    return database_url


def test_a_second_upgrade_changes_nothing(empty_database_url: str) -> None:
    upgrade(empty_database_url, directory=DIRECTORY)
    before = catalogues(empty_database_url)
    upgrade(empty_database_url, directory=DIRECTORY)
    assert catalogues(empty_database_url) == before
    assert all(found["columns"] for found in before.values())


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
    migrated = catalogue(empty_database_url, schema, DESCRIBED)
    assert run(empty_database_url, lambda connection: connection.run_sync(differences, schema)) == []
    execute(empty_database_url, f"DROP SCHEMA {schema} CASCADE")
    execute(empty_database_url, f"CREATE SCHEMA {schema}")
    run(empty_database_url, lambda connection: connection.run_sync(METADATA[schema].create_all))
    described = catalogue(empty_database_url, schema, DESCRIBED)
    for part, found in migrated.items():
        assert found == described[part], part


def differences(connection: Connection, schema: str) -> list[Any]:
    parts = set(connection.execute(text("SELECT relname FROM pg_class WHERE relispartition")).scalars())

    def is_ours(name: str | None, kind: str, _parents: Any) -> bool:
        return name not in parts if kind == "table" else kind != "schema" or name == schema

    context = MigrationContext.configure(
        connection, opts={"include_schemas": True, "include_name": is_ours, "compare_server_default": True}
    )
    return list(compare_metadata(context, METADATA[schema]))


Catalogue = dict[str, set[tuple[Any, ...]]]


def catalogues(url: str) -> dict[str, Catalogue]:
    return {schema: catalogue(url, schema, MIGRATED) for schema in METADATA}


def catalogue(url: str, schema: str, queries: dict[str, str]) -> Catalogue:
    async def read(connection: AsyncConnection) -> Catalogue:
        return {
            part: {tuple(row) for row in await connection.execute(text(query), {"schema": schema})}
            for part, query in queries.items()
        }

    found: Catalogue = run(url, read)
    return found
