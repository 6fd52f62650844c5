"""The book of record: the engine, its outages, and writing rows over."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from poise_common.platform.endings import StartsAnew
from poise_common.platform.refusals import LoginRefused

_ASYNC_DRIVER = "postgresql+asyncpg"
_CONNECTS_WITHIN_S = 5
_SERVER_NOTICES_LOSS: Mapping[str, str] = {
    "client_connection_check_interval": "2s",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10s",
}
"""A session whose client's machine is gone ends within seconds, and with it the locks it holds."""
_OUTAGE_CLASSES = frozenset({"08", "53", "57"})
"""SQLSTATE: connection lost, too few resources, ended or refused by the operator (a crash and its recovery too)."""
_REFUSED = ("28", "3D000", "42501")
"""SQLSTATE: no such login or a wrong password, no such database, insufficient privilege."""


class BookUnreachable(StartsAnew):
    """The database went away, or does not answer: no fault of what was being written."""


@contextmanager
def outages_told_apart() -> Iterator[None]:
    """Raise BookUnreachable for what the database's absence does; what a statement does wrong goes through."""
    try:
        yield
    except (OSError, DBAPIError, PoolTimeout) as error:
        if not _is_outage(error):
            raise
        raise BookUnreachable(" ".join(f"{type(error).__name__}: {error}".split())[:300]) from error


@contextmanager
def refusals_told_apart() -> Iterator[None]:
    """Raise LoginRefused where the server doesn't know this login, or it lacks a right that it cannot do without."""
    try:
        yield
    except DBAPIError as error:
        if not _sqlstate(error).startswith(_REFUSED):
            raise
        raise LoginRefused("the book of record", " ".join(str(error.orig).split())) from None


def _is_outage(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return True
    return error.connection_invalidated or _sqlstate(error)[:2] in _OUTAGE_CLASSES


def _sqlstate(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def async_url(url: str) -> str:
    """Write a `postgresql://` URL for the asynchronous driver."""
    scheme, separator, rest = url.partition("://")
    return f"{_ASYNC_DRIVER}{separator}{rest}" if scheme in {"postgresql", "postgres"} else url


def create_engine(url: str, *, pool_size: int = 4, session_name: str = "poise") -> AsyncEngine:
    """Make the engine; a connection that was lost fails its transaction, which ends the process."""
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=2,
        pool_pre_ping=False,
        connect_args={
            "timeout": _CONNECTS_WITHIN_S,
            "server_settings": {**_SERVER_NOTICES_LOSS, "application_name": session_name},
        },
    )


async def upsert(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, or write them over where their primary key is there already. All rows name the same columns."""
    if rows:
        await connection.execute(_upsert_of(table, tuple(rows[0])), [dict(row) for row in rows])


@cache
def _upsert_of(table: Table, columns: tuple[str, ...]) -> Insert:
    """Build the statement once: building it costs more than sending it, and orders wait for these commits."""
    key = [column.name for column in table.primary_key.columns]
    statement = insert(table)
    written = {name: statement.excluded[name] for name in columns if name not in key}
    if not written:
        return statement.on_conflict_do_nothing(index_elements=key)
    return statement.on_conflict_do_update(index_elements=key, set_=written)


async def missing_tables(connection: AsyncConnection, tables: Iterable[Table]) -> tuple[str, ...]:
    """Name the tables that are not in the database."""
    names = [table.fullname for table in tables]
    found = await connection.execute(
        text("SELECT name FROM unnest(cast(:names AS text[])) AS name WHERE to_regclass(name) IS NULL"),
        {"names": names},
    )
    return tuple(sorted(found.scalars()))
