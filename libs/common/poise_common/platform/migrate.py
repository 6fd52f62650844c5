"""The migration step as a command: `python -m poise_common.platform.migrate DIRECTORY`."""

import argparse
import sys
from pathlib import Path

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from poise_common.platform.migrations import upgrade
from poise_common.platform.settings import ServiceSettings


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


def main() -> int:
    """Migrate the database of POISE_DATABASE__URL (or its `_FILE`); returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m poise_common.platform.migrate", description=__doc__)
    parser.add_argument("directory", type=Path, help="the folder of the migrations, infra/postgres/migrations")
    directory = parser.parse_args().directory
    url = ServiceSettings().database.read_url()
    if url is None:
        sys.stderr.write("set POISE_DATABASE__URL or POISE_DATABASE__URL_FILE\n")
        return 2
    try:
        migrate_to_newest(url, directory)
    except DatabaseUnreachable as unreachable:
        sys.stderr.write(f"{unreachable}\n")
        return 1
    sys.stdout.write("the database is at the newest schema\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
