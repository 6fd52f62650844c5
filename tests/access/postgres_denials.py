"""What no login of the book may do: the same table for the tests' server and for the containers'."""

from collections.abc import Iterator
from typing import NamedTuple

from poise_common.platform.logins import LOGINS, Login
from poise_execution.adapters import tables as execution_tables
from poise_notifier.adapters import tables as notifier_tables
from poise_portfolio.adapters import tables as portfolio_tables
from poise_risk.adapters import tables as risk_tables
from poise_signals.adapters import tables as signals_tables

INSUFFICIENT_PRIVILEGE = "42501"
FIRST = "SET default_transaction_read_only = off"
"""Said at the beginning of a session: what denies must be a right that is not there, and no setting of the login's."""

TABLES = {
    schema: {
        table.name: next(one.name for one in table.columns if one.identity is None) for table in metadata.sorted_tables
    }
    for schema, metadata in (
        ("risk", risk_tables.metadata),
        ("signals", signals_tables.metadata),
        ("execution", execution_tables.metadata),
        ("portfolio", portfolio_tables.metadata),
        ("notifier", notifier_tables.metadata),
    )
}
"""Of each schema, its tables with a column that an update may name."""
CONSOLE_READS = {"risk.decisions", "risk.limit_changes", "signals.packages"}
SHELL = {"inbox", "outbox", "lease"}
DELETED = dict.fromkeys(TABLES, frozenset({"inbox", "outbox"})) | {
    "portfolio": frozenset({"inbox", "outbox", "correlation_matrices"}),
    "notifier": frozenset({"inbox", "outbox", "alerts", "notices", "orders", "telegram_updates"}),
}
"""What the owner of each schema forgets."""


class Denied(NamedTuple):
    """A statement that the server must refuse this login with 42501, insufficient privilege."""

    login: str
    statement: str

    def __str__(self) -> str:
        return f"{self.login}: {self.statement}"


def denials() -> tuple[Denied, ...]:
    """Return all of them, each once."""
    return tuple(dict.fromkeys(denied for login in LOGINS for denied in _of(login)))


def _of(login: Login) -> Iterator[Denied]:
    for schema, tables in TABLES.items():
        for table, column in tables.items():
            for statement in _on_table(login.name, schema, table, column):
                yield Denied(login.name, statement)
        for statement in (
            f"CREATE TABLE {schema}.another ()",
            f"CREATE FUNCTION {schema}.another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
            f"DROP SCHEMA {schema} CASCADE",
            f"ALTER SCHEMA {schema} RENAME TO mine",
        ):
            yield Denied(login.name, statement)
    for statement in _OF_THE_SERVER:
        yield Denied(login.name, statement)
    for other in LOGINS:
        if other != login:
            yield Denied(login.name, f"SET ROLE {other.group}")
            yield Denied(login.name, f"ALTER ROLE {other.name} PASSWORD 'mine'")
    if login.name != "portfolio":
        yield Denied(login.name, "SELECT portfolio.drop_parts('candles_1m', 'infinity')")
        yield Denied(login.name, "SELECT portfolio.make_part('candles_1m', '2030-01-01', '2030-01-02')")


def _on_table(login: str, schema: str, table: str, column: str) -> Iterator[str]:
    """Write what a login may not do with a table; what changes nothing where it were let through."""
    name = f"{schema}.{table}"
    if not _reads(login, schema, table):
        yield f"SELECT count(*) FROM {name}"  # noqa: S608  (names of our own)
    if login != schema:
        yield f"INSERT INTO {name} SELECT * FROM {name} WHERE false"  # noqa: S608  (same)
        yield f"UPDATE {name} SET {column} = {column} WHERE false"  # noqa: S608  (same)
    if login != schema or table not in DELETED[schema]:
        yield f"DELETE FROM {name} WHERE false"  # noqa: S608  (same)
    yield f"TRUNCATE {name} CASCADE"
    yield f"ALTER TABLE {name} DISABLE TRIGGER USER"
    yield f"DROP TABLE {name} CASCADE"


def _reads(login: str, schema: str, table: str) -> bool:
    match login:
        case "grafana":
            return True
        case "console":
            return f"{schema}.{table}" in CONSOLE_READS or (schema == "portfolio" and table not in SHELL)
        case _:
            return login == schema


_OF_THE_SERVER = (
    "CREATE ROLE mine LOGIN SUPERUSER",
    "CREATE DATABASE mine",
    "CREATE SCHEMA mine",
    "CREATE TABLE public.mine ()",
    "CREATE TEMPORARY TABLE mine ()",
    "DROP EXTENSION plpgsql",
    "CREATE TABLESPACE mine LOCATION '/tmp'",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "ALTER SYSTEM SET fsync = off",
    "SET session_replication_role = replica",
    "SET log_statement = 'none'",
    "CHECKPOINT",
    "DELETE FROM public.alembic_version",
    "UPDATE public.alembic_version SET version_num = '0001'",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
)
