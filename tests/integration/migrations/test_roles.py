"""Who may do what with the book of record: the services' roles, the dashboards', a migration that may make none."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection
from tests.integration.migrations.databases import DIRECTORY, METADATA, downgrade_to_nothing, execute, run
from tests.unit.portfolio.desk import Desk, shipped_parameters

from poise_common.contracts.core import Store
from poise_common.platform.migrations import downgrade, upgrade
from poise_portfolio.adapters.repository import PortfolioRepository
from poise_portfolio.domain.retention.retention import Retention

SERVICES = {f"poise_{schema}" for schema in METADATA}
ROLES = SERVICES | {"poise_console", "poise_dashboards"}
SERVICE_MAY = ("SELECT", "INSERT", "UPDATE", "DELETE")
KEPT_FOR_GOOD = {
    "fills",
    "funding_payments",
    "funding_shares",
    "acknowledgements",
    "packages",
    "package_legs",
    "decisions",
}
DENIED = "permission denied"

Login = Callable[[str], str]


@pytest.fixture
def migrated(database_url: str) -> str:
    downgrade_to_nothing(database_url)
    upgrade(database_url, directory=DIRECTORY)
    return database_url


@pytest.fixture
def login(migrated: str) -> Iterator[Login]:
    """Make login roles that are in one of the group roles, and give the URLs to log in with."""
    made: list[str] = []

    def make(group: str) -> str:
        name = f"login_{uuid4().hex}"
        execute(migrated, f"CREATE ROLE {name} LOGIN PASSWORD 'tests' IN ROLE {group}")
        made.append(name)
        return make_url(migrated).set(username=name, password="tests").render_as_string(hide_password=False)  # noqa: S106

    yield make
    for name in made:
        execute(migrated, f"DROP ROLE {name}")


def roles(url: str) -> set[str]:
    return {role for (role,) in asked(url, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'poise%'")}


def may(url: str, role: str, schema: str) -> dict[str, set[str]]:
    """Return what a role may do with each table of a schema."""
    rights = asked(
        url,
        f"""
        SELECT relname, what FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS what
        WHERE relnamespace = '{schema}'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            AND has_table_privilege('{role}', pg_class.oid, what)
        """,  # noqa: S608  (names of our own)
    )
    found: dict[str, set[str]] = {table: set() for table in (name.name for name in METADATA[schema].sorted_tables)}
    for table, right in rights:
        found[table].add(right)
    return found


def asked(url: str, query: str) -> list[tuple[Any, ...]]:
    async def ask(connection: AsyncConnection) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.exec_driver_sql(query)]

    found: list[tuple[Any, ...]] = run(url, ask)
    return found


def test_the_portfolios_role_writes_its_schema_and_never_deletes_what_its_ledger_is_made_of(migrated: str) -> None:
    for table, rights in may(migrated, "poise_portfolio", "portfolio").items():
        assert {"SELECT", "INSERT", "UPDATE"} <= rights <= set(SERVICE_MAY), table
        if table in KEPT_FOR_GOOD:
            assert "DELETE" not in rights, table
    assert "DELETE" in may(migrated, "poise_portfolio", "portfolio")["outbox"]


@pytest.mark.parametrize("schema", sorted(METADATA))
def test_a_services_role_writes_its_schema_and_has_nothing_to_do_with_another(migrated: str, schema: str) -> None:
    for service in sorted(SERVICES):
        rights = may(migrated, service, schema)
        is_own = service == f"poise_{schema}"
        assert all(rights.values()) == is_own == any(rights.values())
        assert all({"SELECT", "INSERT", "UPDATE"} <= right <= set(SERVICE_MAY) for right in rights.values()) == is_own
        ((usage,),) = asked(migrated, f"SELECT has_schema_privilege('{service}', '{schema}', 'USAGE')")
        assert usage == is_own


@pytest.mark.parametrize("schema", sorted(METADATA))
def test_a_services_role_deletes_what_is_taken_and_settled(migrated: str, schema: str) -> None:
    deletes = {table for table, rights in may(migrated, f"poise_{schema}", schema).items() if "DELETE" in rights}
    assert {"inbox", "outbox"} <= deletes
    assert "lease" not in deletes


@pytest.mark.parametrize("schema", sorted(METADATA))
def test_the_dashboards_role_reads_every_table_and_writes_none(migrated: str, schema: str) -> None:
    assert all(rights == {"SELECT"} for rights in may(migrated, "poise_dashboards", schema).values())


def test_neither_role_can_log_in_or_make_anything(migrated: str) -> None:
    for can in ("rolcanlogin", "rolsuper", "rolcreaterole", "rolcreatedb", "rolbypassrls", "rolreplication"):
        assert asked(migrated, f"SELECT bool_or({can}) FROM pg_roles WHERE rolname LIKE 'poise_%'") == [(False,)], can  # noqa: S608


def test_a_service_in_the_portfolios_role_has_all_it_needs(login: Login) -> None:
    url = login("poise_portfolio")
    parameters = shipped_parameters()
    desk = Desk().open_account()
    desk.tell(desk.fill("BTC/USDT", "buy", "1", "100")).wait(1)
    repository = PortfolioRepository(lambda: desk.now, desk.now - desk.now, parameters.correlations.candles_needed)
    outputs = Retention(parameters.retention).start(desk.now.replace(year=2036))
    later = [output.record for output in outputs if isinstance(output, Store)]

    async def work(connection: AsyncConnection) -> int:
        await repository.save(connection, [*desk.records, *later])
        return len((await repository.load(connection)).trades)

    assert run(url, work) == 1
    for refused in (
        "DELETE FROM portfolio.fills",
        "TRUNCATE portfolio.candles",
        "CREATE TABLE portfolio.another ()",
        "SELECT * FROM risk.approvals",
        "INSERT INTO execution.outbox (message_id, stream, payload) VALUES (gen_random_uuid(), 's', '')",
    ):
        with pytest.raises(ProgrammingError, match=DENIED):
            execute(url, refused)


def test_dashboards_ask_and_change_nothing(login: Login) -> None:
    url = login("poise_dashboards")
    for schema, metadata in METADATA.items():
        for table in metadata.sorted_tables:
            assert asked(url, f"SELECT count(*) FROM {schema}.{table.name}")  # noqa: S608  (names of our own)
    for refused in (
        "INSERT INTO portfolio.cash_balances VALUES ('v', 'w', 'c', 1)",
        "UPDATE risk.mode_changes SET mode = 'active'",
        "SELECT portfolio.drop_parts('candles_1m', 'infinity')",
        "SELECT portfolio.make_part('candles_1m', '2030-01-01', '2030-01-02')",
    ):
        with pytest.raises(ProgrammingError, match=DENIED):
            execute(url, refused)


def test_tables_that_come_later_are_open_to_them_too(migrated: str) -> None:
    execute(migrated, "CREATE TABLE portfolio.later (a int)")
    execute(migrated, "CREATE TABLE risk.later (a int)")
    rights = "SELECT has_table_privilege('{}', '{}.later', '{}')"
    assert asked(migrated, rights.format("poise_portfolio", "portfolio", "INSERT")) == [(True,)]
    assert asked(migrated, rights.format("poise_dashboards", "risk", "SELECT")) == [(True,)]
    assert asked(migrated, rights.format("poise_portfolio", "risk", "SELECT")) == [(False,)]


def test_the_way_down_takes_the_roles_along_that_it_made(migrated: str) -> None:
    assert roles(migrated) >= ROLES
    downgrade(migrated, "0012_self_trades", directory=DIRECTORY)
    assert not roles(migrated) & ROLES


def test_a_role_that_a_person_made_stays_with_nothing_to_do_here(database_url: str) -> None:
    downgrade_to_nothing(database_url)
    for role in ROLES:
        execute(database_url, f"DROP ROLE IF EXISTS {role}")
    execute(database_url, "CREATE ROLE poise_dashboards NOLOGIN")
    upgrade(database_url, directory=DIRECTORY)
    downgrade(database_url, "0012_self_trades", directory=DIRECTORY)
    assert roles(database_url) & ROLES == {"poise_dashboards"}
    execute(database_url, "DROP ROLE poise_dashboards")


def test_whoever_may_make_no_roles_migrates_without_them(database_url: str) -> None:
    downgrade_to_nothing(database_url)
    for role in ROLES:
        execute(database_url, f"DROP ROLE IF EXISTS {role}")
    owner, database = f"owner_{uuid4().hex}", make_url(database_url).database
    execute(database_url, f"CREATE ROLE {owner} LOGIN PASSWORD 'tests'")
    execute(database_url, f'GRANT CREATE ON DATABASE "{database}" TO {owner}')
    execute(database_url, f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}")
    url = make_url(database_url).set(username=owner, password="tests").render_as_string(hide_password=False)  # noqa: S106
    upgrade(url, directory=DIRECTORY)
    assert not roles(database_url) & ROLES
    downgrade(url, "base", directory=DIRECTORY)
    upgrade(url, directory=DIRECTORY)
    execute(database_url, f"DROP OWNED BY {owner} CASCADE")
    execute(database_url, f"DROP ROLE {owner}")
