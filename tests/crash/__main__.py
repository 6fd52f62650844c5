"""`python -m tests.crash --kills 100 --seed 7`: kill the desk's processes and servers, then check its whole history."""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from tests.crash.run import CrashRun, Options


def main() -> int:
    """Run; exit code 0 where every count is zero and recovery is quick, 1 where not, 2 where it could not run."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=7, help="deals the same kills and the same market again")
    parser.add_argument("--seconds", type=float, default=None, help="stop killing after so long, however many are left")
    parser.add_argument("--json", type=Path, default=None, help="write the figures here")
    parser.add_argument("--page", type=Path, default=None, help="write the figures into this page of the documentation")
    parser.add_argument("--folder", type=Path, default=None, help="keep logs here (else a new folder, kept on failure)")
    arguments = parser.parse_args()
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="poise-crash-run-"))
    options = Options(
        kills=arguments.kills,
        seed=arguments.seed,
        seconds=arguments.seconds,
        report=arguments.json,
        page=arguments.page,
        folder=folder,
        keeps_folder=arguments.folder is not None,
    )
    try:
        return asyncio.run(_interruptible(CrashRun(options)))
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; every process is ended\n")
        return 130


async def _interruptible(run: CrashRun) -> int:
    task = asyncio.current_task()
    if task is not None:
        for number in (signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await run.run()
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


if __name__ == "__main__":
    sys.exit(main())
