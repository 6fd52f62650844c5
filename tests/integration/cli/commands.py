"""Running `poise` beside the services of a test: in this process, or, where that is what matters, in one of its own."""

import asyncio
import contextlib
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from poise.main import app

_ONE_AT_A_TIME = threading.Lock()
"""The folder, the environment and the standard streams are the whole process'."""


@dataclass(frozen=True)
class Ended:
    """What a command came to."""

    code: int
    out: str
    errors: str

    @property
    def refused_in_one_line(self) -> bool:
        one_line = len(self.errors.strip().splitlines()) == 1 and self.errors.startswith("error: ")
        return self.code == 2 and one_line and self.out == ""


async def poise(*arguments: str, cwd: Path, **environment: str) -> Ended:
    """Run the command line to its end, with nothing of the desk in its environment but what is given."""
    return await asyncio.to_thread(_run, arguments, cwd, environment)


async def poise_process(*arguments: str, cwd: Path, **environment: str) -> Ended:
    """Run the command line as a process, as a shell does."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "poise.main",
        *arguments,
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), **environment},
        stdout=pipe,
        stderr=pipe,
    )
    out, errors = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), errors.decode())


def _run(arguments: tuple[str, ...], cwd: Path, environment: dict[str, str]) -> Ended:
    unset = {name: None for name in os.environ if name.startswith("POISE_")}
    with _ONE_AT_A_TIME, contextlib.chdir(cwd):
        ended = CliRunner(env={**unset, **environment}).invoke(app, list(arguments))
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Ended(ended.exit_code, ended.stdout, ended.stderr)
