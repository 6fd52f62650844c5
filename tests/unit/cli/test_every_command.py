"""What holds for every command there is; a new one cannot be forgotten."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.cli.commands import ROOT, is_one_clear_line, poise
from typer.main import get_command

from poise.commands import COMMANDS
from poise.main import app

NOBODY = {
    "POISE_REDIS__URL": "redis://desk:hidden@127.0.0.1:1/0",
    "POISE_DATABASE__URL": "postgresql://desk:hidden@127.0.0.1:1/poise",
}
"""Where nothing listens."""
NEEDED = {"completion": ["bash"], "up": ["--dry-run"], "down": ["--dry-run"]}
"""What a command cannot do without, or would do too much without."""
ASK_NOBODY = {"config check", "operator-key", "completion", "up", "down", "demo", "doctor"}
"""They work without a desk; `doctor` says of one that is away what it is."""
WITHOUT_JSON = {"completion"}
"""What it prints is a program."""


def _walked(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in group.list_commands(None):
        command = group.get_command(None, name)
        path = f"{prefix}{name}"
        if not hasattr(command, "list_commands"):
            yield path, command
            continue
        if command.invoke_without_command:
            yield path, command
        yield from _walked(command, f"{path} ")


ALL: dict[str, Any] = dict(_walked(get_command(app)))
GROUPS = [entry.name for entry in COMMANDS if entry.name not in ALL]
every_command = pytest.mark.parametrize("command", ALL)


def test_the_specification_names_no_command_that_is_missing() -> None:
    wanted = (
        "up down status demo opportunities universe term-structure packages why limits report rebalance halt resume"
        " flatten ack phase doctor migrate operator-key completion"
    )
    assert {*wanted.split(), "config check", "limits reload", "phase promote"} <= ALL.keys()


@pytest.mark.parametrize("command", ["", *ALL, *GROUPS])
def test_every_help_shows_an_example(command: str) -> None:
    shown = poise(*command.split(), "--help")
    assert shown.exit_code == 0
    example = " ".join(shown.stdout.split("Example: ")[1].split())
    assert f"poise {command}".strip() in example


@every_command
def test_a_wrong_flag_is_refused_in_one_line_that_says_where_help_is(command: str) -> None:
    refused = poise(*command.split(), "--no-such-flag")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert is_one_clear_line(refused.stderr)
    assert "--no-such-flag" in refused.stderr
    assert f"`poise {command} --help`" in refused.stderr


@every_command
def test_its_summary_is_how_its_own_help_begins(command: str) -> None:
    entry = next((each for each in COMMANDS if each.name == command), None)
    if entry is not None:
        assert ALL[command].help.startswith(entry.summary.rstrip("."))


@pytest.mark.parametrize("command", sorted(ALL.keys() - WITHOUT_JSON))
def test_its_outcome_can_be_had_as_json(command: str) -> None:
    assert "--json" in [name for parameter in ALL[command].params for name in parameter.opts]


@pytest.mark.parametrize("command", sorted(ALL.keys() - ASK_NOBODY))
@pytest.mark.parametrize("as_json", [False, True])
def test_where_nobody_answers_it_says_so_in_one_line(command: str, as_json: bool) -> None:
    refused = poise(*command.split(), *NEEDED.get(command, []), *(["--json"] if as_json else []), **NOBODY)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert is_one_clear_line(refused.stderr)
    assert "hidden" not in refused.stderr


@pytest.mark.parametrize("command", sorted(ALL.keys() - ASK_NOBODY))
def test_an_address_that_is_none_is_refused_in_one_line(command: str) -> None:
    refused = poise(*command.split(), POISE_REDIS__URL="nowhere", POISE_DATABASE__URL="nowhere")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert is_one_clear_line(refused.stderr)


@pytest.mark.parametrize("command", sorted(ALL.keys() - ASK_NOBODY))
def test_a_secret_file_that_is_not_there_is_said_in_one_line(command: str) -> None:
    files = {"POISE_REDIS__URL_FILE": "/nowhere/redis-url", "POISE_DATABASE__URL_FILE": "/nowhere/database-url"}
    refused = poise(*command.split(), **files)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert is_one_clear_line(refused.stderr)
    assert "/nowhere/" in refused.stderr


@pytest.mark.parametrize("command", ["config check", "operator-key", "up", "down"])
def test_what_needs_no_desk_tells_json_without_one(command: str, tmp_path: Path, monkeypatch: Any) -> None:
    docker = tmp_path / "bin/docker-compose"
    docker.parent.mkdir()
    docker.write_text("#!/bin/sh\nexit 9\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(docker.parent))
    ended = poise(*command.split(), *NEEDED.get(command, []), "--json")
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert isinstance(json.loads(ended.stdout), dict)


@pytest.mark.parametrize(
    ("mistyped", "meant"), [("statsu", "'status'"), ("limits relaod", "'reload'"), ("phase promot", "'promote'")]
)
def test_a_mistyped_command_is_told_what_was_meant(mistyped: str, meant: str) -> None:
    refused = poise(*mistyped.split())
    assert refused.exit_code == 2
    assert is_one_clear_line(refused.stderr)
    assert meant in refused.stderr


def test_the_page_on_the_command_line_tells_of_every_commands_json() -> None:
    page = (ROOT / "docs/cli.md").read_text().split("## JSON")[1].split("## What the doctor")[0]
    told = {
        name for line in page.splitlines() if line.startswith("| `") for name in line.split("|")[1].split("`")[1::2]
    }
    assert told == ALL.keys() - WITHOUT_JSON


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [command for command in ALL if f"`poise {command}" not in readme] == []
