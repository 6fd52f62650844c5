"""Running `poise` as a process beside the services of a test."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path


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
    """Run the command line to its end."""
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
