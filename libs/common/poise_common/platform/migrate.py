"""The migration step as a command: `python -m poise_common.platform.migrate DIRECTORY [--logins PASSWORDS]`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from poise_common.platform.logins import make_logins
from poise_common.platform.migrations import upgrade
from poise_common.platform.refusals import StartRefused
from poise_common.platform.settings import ServiceSettings

Made = TypeVar("Made")


class DatabaseUnreachable(Exception):
    """The database could not be migrated: what was tried and why it failed."""


def migrate_to_newest(url: str, directory: Path) -> None:
    """Bring a database to the newest schema; raises DatabaseUnreachable with the reason in one line."""
    _in_one_line(lambda: upgrade(url, directory=directory))


def _in_one_line(step: Callable[[], Made]) -> Made:
    try:
        return step()
    except ArgumentError:
        raise DatabaseUnreachable(
            "POISE_DATABASE__URL is no database URL; postgresql://user@host/database would pass"
        ) from None
    except (SQLAlchemyError, OSError) as error:
        reason = " ".join(str(error).split())
        raise DatabaseUnreachable(f"the database cannot be migrated: {reason}") from None


def main() -> int:
    """Migrate the database of POISE_DATABASE__URL (or its `_FILE`), make its logins; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m poise_common.platform.migrate", description=__doc__)
    parser.add_argument("directory", type=Path, help="the folder of the migrations, infra/postgres/migrations")
    parser.add_argument("--logins", type=Path, metavar="PASSWORDS", help="a folder with the file `<login>-password`s")
    given = parser.parse_args()
    try:
        url = ServiceSettings().database.read_url()
        if url is None:
            sys.stderr.write("set POISE_DATABASE__URL or POISE_DATABASE__URL_FILE\n")
            return 2
        migrate_to_newest(url, given.directory)
        sys.stdout.write("the database is at the newest schema\n")
        if given.logins is not None:
            made = _in_one_line(lambda: make_logins(url, given.logins))
            sys.stdout.write(f"logins: {', '.join(made) or 'none, for want of password files'}\n")
    except StartRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    except DatabaseUnreachable as unreachable:
        sys.stderr.write(f"{unreachable}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
