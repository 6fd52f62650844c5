"""The book of record: the engine, and writing rows over."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_ASYNC_DRIVER = "postgresql+asyncpg"


def async_url(url: str) -> str:
    """Write a `postgresql://` URL for the asynchronous driver."""
    scheme, separator, rest = url.partition("://")
    return f"{_ASYNC_DRIVER}{separator}{rest}" if scheme in {"postgresql", "postgres"} else url


def create_engine(url: str, *, pool_size: int = 4) -> AsyncEngine:
    """Make the engine; a connection that was lost fails its transaction, which ends the process."""
    return create_async_engine(async_url(url), pool_size=pool_size, max_overflow=2, pool_pre_ping=False)


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
