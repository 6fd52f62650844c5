"""Migrating the database: a step of its own, before any service starts."""

from asyncio import run
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

Step = Callable[[Config], None]


def upgrade(database_url: str, revision: str = "head", *, directory: Path) -> None:
    """Bring the database up to a revision of the migrations in `directory`; a second run changes nothing."""
    run(migrate(database_url, directory, lambda config: command.upgrade(config, revision)))


def downgrade(database_url: str, revision: str, *, directory: Path) -> None:
    """Take the database down to a revision (`base`: before the first)."""
    run(migrate(database_url, directory, lambda config: command.downgrade(config, revision)))


def newest_revision(directory: Path) -> str:
    """Name the revision that `upgrade` brings a database to."""
    return ScriptDirectory(str(directory)).get_current_head() or "base"


async def migrate(database_url: str, directory: Path, step: Step) -> None:
    """Run one Alembic command over a connection to the database, committing what it did."""
    engine = create_async_engine(make_url(database_url).set(drivername="postgresql+asyncpg"), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_run_step, directory, step)
    finally:
        await engine.dispose()


def _run_step(connection: Connection, directory: Path, step: Step) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(directory.resolve()).replace("%", "%%"))
    step(config)
