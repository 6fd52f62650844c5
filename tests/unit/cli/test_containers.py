"""`poise up` and `poise down`, with programs in Docker's place that say what they were asked."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.unit.cli.commands import ROOT, is_one_clear_line, poise, poise_process

from poise.containers.compose import choosing_venues

COMPOSE = """#!/bin/sh
echo "$(basename "$0") $* profiles=$COMPOSE_PROFILES in=$(pwd)" >> "$HOME/asked"
[ "$1 $2" = "{fails}" ] && exit 1
echo "starting containers"
exit {code}
"""


class Machine(NamedTuple):
    folder: Path

    def has(self, program: str, *, fails: str = "nothing at all", code: int = 0) -> None:
        file = self.folder / "bin" / program
        file.write_text(COMPOSE.format(fails=fails, code=code))
        file.chmod(0o755)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        path = f"{self.folder / 'bin'}:/bin:/usr/bin" if os.environ.get("PATH") else ""
        ended = poise_process(*arguments, cwd=self.folder, PATH=path)
        return ended.returncode, ended.stdout, ended.stderr

    @property
    def asked(self) -> str:
        return (self.folder / "asked").read_text()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    (tmp_path / "bin").mkdir()
    (tmp_path / "docker-compose.yml").touch()
    return Machine(tmp_path)


def test_the_stack_is_started_where_its_file_is_and_told_as_json(machine: Machine) -> None:
    machine.has("docker")
    code, out, errors = machine.run("up", "--simulated", "--scale", "ingestion-tier3=3", "--no-build", "--json")
    assert code == 0
    wanted = "docker compose up --detach --scale ingestion-tier3=3"
    assert json.loads(out) == {
        "command": f"COMPOSE_PROFILES=simulated POISE_SIMULATED=true {wanted}",
        "folder": str(machine.folder),
        "exit_code": 0,
    }
    assert f"{wanted} profiles=simulated in={machine.folder}" in machine.asked
    assert "starting containers" in errors
    assert wanted in errors


def test_without_the_simulated_venues_neither_they_nor_their_simulator_are_wanted(machine: Machine) -> None:
    machine.has("docker")
    code, out, _ = machine.run("up", "--real", "--dry-run", "--json")
    off = "COMPOSE_PROFILES='' POISE_SIMULATED=false POISE_SECOND_VENUE=false"
    assert (code, json.loads(out)["command"]) == (0, f"{off} docker compose up --detach --build")
    assert machine.run("up", "--real")[0] == 0
    assert "docker compose up --detach --build profiles= in=" in machine.asked


def test_the_compose_file_knows_what_chooses_its_venues() -> None:
    file = (ROOT / "docker-compose.yml").read_text()
    assert all(f"${{{name}" in file for name in choosing_venues(simulated=False) if name.startswith("POISE_"))
    assert "profiles: [simulated]" in file


def test_the_older_compose_does_as_well(machine: Machine) -> None:
    machine.has("docker", fails="compose version")
    machine.has("docker-compose")
    assert machine.run("down")[0] == 0
    assert "docker-compose down profiles=simulated" in machine.asked


def test_what_compose_cannot_do_is_exit_code_1(machine: Machine) -> None:
    machine.has("docker")
    machine.has("docker-compose", code=17)
    machine.has("docker", fails="compose version")
    code, out, errors = machine.run("up")
    assert (code, out) == (1, "")
    assert errors.endswith("error: Compose ended with exit code 17; what it says is above\n")


def test_an_engine_that_does_not_answer_is_said(machine: Machine) -> None:
    machine.has("docker", fails="version ")
    code, out, errors = machine.run("up")
    assert (code, out) == (2, "")
    assert "error: Docker's engine does not answer" in errors


def test_a_folder_without_the_project_is_refused_in_one_line(tmp_path: Path) -> None:
    refused = poise("up", "--folder", str(tmp_path / "elsewhere"), "--dry-run")
    assert refused.exit_code == 2
    assert is_one_clear_line(refused.stderr)


def test_a_machine_without_docker_is_told_so_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    refused = poise("up", "--json")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert is_one_clear_line(refused.stderr)
    assert "Docker is not installed: neither `docker compose` nor `docker-compose` is there" in refused.stderr


def test_a_number_of_a_service_is_one() -> None:
    refused = poise("up", "--scale", "ingestion=many")
    assert (refused.exit_code, "ingestion-tier3=3 would pass" in refused.stderr) == (2, True)
