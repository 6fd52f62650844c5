"""The migration step as a command: `python -m poise_common.platform.migrate DIRECTORY`."""

import argparse
import sys
from pathlib import Path

from poise_common.platform.migrations import upgrade
from poise_common.platform.settings import ServiceSettings


def main() -> int:
    """Bring the database of POISE_DATABASE__URL (or its `_FILE`) to the newest schema; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m poise_common.platform.migrate", description=__doc__)
    parser.add_argument("directory", type=Path, help="the folder of the migrations, infra/postgres/migrations")
    directory = parser.parse_args().directory
    url = ServiceSettings().database.read_url()
    if url is None:
        sys.stderr.write("set POISE_DATABASE__URL or POISE_DATABASE__URL_FILE; postgresql://user@host/database passes\n")
        return 2
    upgrade(url, directory=directory)
    sys.stdout.write("the database is at the newest schema\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
