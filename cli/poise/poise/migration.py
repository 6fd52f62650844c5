"""Migrating the database by hand: a step of its own, before any service starts."""

from pathlib import Path

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from poise_common.platform.migrations import upgrade


class DatabaseUnreachable(Exception):
    """The database could not be migrated: what was tried and why it failed."""


def migrate_to_newest(url: str, directory: Path) -> None:
    """Bring a database to the newest schema; raises DatabaseUnreachable with the reason in one line."""
    try:
        upgrade(url, directory=directory)
    except ArgumentError:
        raise DatabaseUnreachable(
            "POISE_DATABASE__URL is no database URL; postgresql://user@host/database would pass"
        ) from None
    except (SQLAlchemyError, OSError) as error:
        reason = " ".join(str(error).split())
        raise DatabaseUnreachable(f"the database cannot be migrated: {reason}") from None
