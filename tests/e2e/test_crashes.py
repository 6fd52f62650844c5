"""The desk is killed again and again, anywhere, and its history is sound; `make crash-test` does it a hundred times."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 40
_WITHIN_S = 600


@pytest.mark.alone
@pytest.mark.timeout(_WITHIN_S + 30)
def test_kills_lose_double_and_invent_nothing(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "tests.crash", "--kills", str(KILLS), "--seed", "7", "--json", str(figures)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN_S, check=False)  # noqa: S603 - our own command
    assert run.returncode == 0, run.stdout + run.stderr
    assert json.loads(figures.read_text())["kills"] >= KILLS
