"""Running `poise` as a person does, in this process or in one of its own."""

import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from poise.main import app

ROOT = Path(__file__).resolve().parents[3]


def poise(*arguments: str, **environment: str) -> Result:
    """Run the command line in this process."""
    return CliRunner(env={"COLUMNS": "200", **environment}).invoke(app, list(arguments))


def poise_process(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as a process of its own, with nothing else in its environment."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "poise.main", *arguments],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def is_one_clear_line(text: str) -> bool:
    """Say whether an error is one line that says so, without a traceback."""
    return len(text.strip().splitlines()) == 1 and text.startswith("error: ") and "Traceback" not in text
