"""A book of record after a year: 100 assets, 10,000 fills, a snapshot each minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import asyncpg

from poise.embedded import embedded_postgres
from poise_common.platform.migrations import upgrade

YEAR = timedelta(days=365)
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_MIGRATIONS = Path(__file__).parents[1] / "infra" / "postgres" / "migrations"
_SCRIPT = Path(__file__).with_suffix(".sql")


@contextmanager
def migrated_postgres() -> Iterator[str]:
    """Run a PostgreSQL server at the newest schema, with nothing in it; yields its URL for SQLAlchemy."""
    with embedded_postgres() as url:
        upgrade(url, directory=_MIGRATIONS)
        yield url


async def connect(url: str, *, plans_kept: int = 100) -> Connection:
    """Open a connection by a URL for SQLAlchemy; with no plans kept, a statement is planned each time it is sent."""
    return await asyncpg.connect(url.replace("+asyncpg", "", 1), statement_cache_size=plans_kept)


async def fill(connection: Connection) -> datetime:
    """Write the year that ends with this minute, in parts by time as the portfolio makes them; return its end.

    The planner is told what is there, as the server does by itself within minutes.
    """
    until = datetime.now(UTC).replace(second=0, microsecond=0)
    await connection.execute("SELECT set_config('book.until', $1, false)", until.isoformat())
    await connection.execute(_SCRIPT.read_text())
    await connection.execute("VACUUM ANALYZE")
    return until
