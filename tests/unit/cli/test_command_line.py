import shutil
import signal
import socket
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.unit.cli.commands import is_one_clear_line, poise, poise_process

from poise.commands import COMMANDS


@pytest.mark.parametrize(
    ("command", "defaults"),
    [
        ("demo", ["180", "7", "36", ".poise/logs"]),
        ("halt", ["by hand", "10"]),
        ("resume", ["by hand", "10"]),
        ("flatten", ["by hand", "10", "600"]),
        ("status", ["10"]),
        ("ack", ["by hand", "10"]),
        ("why", ["10", "50"]),
        ("limits", ["10"]),
        ("limits reload", ["by hand", "10"]),
        ("limits history", ["20", "10"]),
        ("operator-key", [".poise/keys/operator.pem", ".poise/keys/operator-verify.pem"]),
        ("config check", [str(Path("config"))]),
    ],
)
def test_every_help_shows_the_defaults(command: str, defaults: list[str]) -> None:
    shown = " ".join(poise(*command.split(), "--help").stdout.split())
    assert all(f"default: {default}" in shown or f"{default}]" in shown for default in defaults)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demo", "--secnods", "3"], "--secnods"),
        (["demo", "--seconds", "0"], "0.0 is not in the range x>=1"),
        (["demo", "--seconds", "-5"], "-5.0 is not in the range x>=1"),
        (["demo", "--seconds", "nan"], "nan is no length of time; 180 would pass"),
        (["demo", "--seconds", "inf"], "inf is no length of time"),
        (["demo", "--seconds", "soon"], "'soon' is not a valid float"),
        (["demo", "--seed", "-1"], "-1 is not in the range x>=0"),
        (["demo", "--funding-interval-s", "0"], "0 is not in the range x>=1"),
        (["demo", "--report", "/nowhere/r.json"], "/nowhere is no folder that can be written to"),
        (["demo", "--report", "."], "is a directory"),
        (["demo", "--logs", "a-file"], "is a file"),
        (["halt", "--wait-s", "0"], "0.0 is not in the range"),
        (["why", "--minutes", "nan"], "'nan' is not a valid int"),
        (["why", "--last", "0"], "0 is not in the range"),
        (["why", "--request", "BTC%"], "'BTC%' is no id, and no ending of one; 7f3a9c01 would pass"),
        (["helt"], "No such command 'helt'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_one_message(arguments: list[str], said: str) -> None:
    Path("a-file").touch()
    refused = poise(*arguments)
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert is_one_clear_line(refused.stderr)
    assert refused.stdout == ""


def test_the_version_is_the_packages() -> None:
    shown = poise("--version")
    assert (shown.exit_code, shown.stdout) == (0, f"poise {version('poise')}\n")


def test_without_a_command_the_help_is_shown() -> None:
    bare = poise()
    assert (bare.exit_code, bare.stdout) == (2, "")
    assert bare.stderr.startswith("Usage: ")
    assert all(f"\n  {entry.name} " in bare.stderr for entry in COMMANDS)


@pytest.mark.parametrize("command", ["halt", "resume", "flatten", "ack", "status", "limits", "limits reload"])
def test_an_order_without_a_desk_says_where_it_looked(command: str) -> None:
    refused = poise(*command.split())
    assert refused.exit_code == 2
    assert is_one_clear_line(refused.stderr)
    assert "POISE_REDIS__URL" in refused.stderr
    assert ".poise/desk.json" in refused.stderr


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://desk:secret@127.0.0.1:1/0", "the bus at redis://desk:…@127.0.0.1:1/0 does not answer"),
        ("secret.example", "is no address of a bus"),
    ],
)
def test_an_order_to_a_bus_that_is_not_there_is_one_clear_line(tmp_path: Path, url: str, said: str) -> None:
    refused = poise_process("halt", cwd=tmp_path, POISE_REDIS__URL=url)
    assert refused.returncode == 2
    assert is_one_clear_line(refused.stderr)
    assert said in refused.stderr
    assert ":secret@" not in refused.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "no desk was started from this folder (.poise/desk.json is not there)"),
        ({"POISE_DATABASE__URL": "nowhere"}, "no database URL; postgresql://user@host/database would pass"),
        ({"POISE_DATABASE__URL": "postgresql://poise:secret@127.0.0.1:1/poise"}, "poise:…@127.0.0.1:1/poise cannot be"),
        ({"POISE_DATABASE__URL_FILE": "/nowhere/url"}, "/nowhere/url"),
    ],
)
def test_decisions_without_their_book_are_one_clear_line(environment: dict[str, str], said: str) -> None:
    refused = poise("why", **environment)
    assert refused.exit_code == 2
    assert is_one_clear_line(refused.stderr)
    assert said in refused.stderr
    assert ":secret@" not in refused.stderr


def test_an_order_finds_the_desk_that_runs_from_this_folder() -> None:
    Path(".poise").mkdir()
    Path(".poise/desk.json").write_text('{"redis_url": "redis://127.0.0.1:1/3"}')
    assert "the bus at redis://127.0.0.1:1/3 does not answer" in poise("halt").stderr


def test_the_environment_wins_over_the_desk_of_this_folder() -> None:
    Path(".poise").mkdir()
    Path(".poise/desk.json").write_text('{"redis_url": "redis://127.0.0.1:1/3"}')
    assert "127.0.0.1:1/4 " in poise("halt", POISE_REDIS__URL="redis://127.0.0.1:1/4").stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "POISE_DATABASE__URL is not set; postgresql://user@host/database would pass"),
        ({"POISE_DATABASE__URL": ""}, "POISE_DATABASE__URL is not set"),
        ({"POISE_DATABASE__URL": "nowhere"}, "POISE_DATABASE__URL is no database URL"),
        ({"POISE_DATABASE__URL": "postgresql://poise:secret@127.0.0.1:1/poise"}, "the database cannot be migrated"),
        ({"POISE_DATABASE__URL_FILE": "/nowhere/url"}, "/nowhere/url"),
    ],
)
def test_a_migration_without_its_database_is_one_clear_line(environment: dict[str, str], said: str) -> None:
    refused = poise("migrate", **environment)
    assert refused.exit_code == 2
    assert is_one_clear_line(refused.stderr)
    assert said in refused.stderr
    assert ":secret@" not in refused.stderr


def test_a_value_in_brackets_is_shown_as_it_is(tmp_path: Path) -> None:
    directory = tmp_path / "[/red]"
    refused = poise("config", "check", "--directory", str(directory))
    assert str(directory / "limits.yaml") in refused.stderr.replace("\n", "")
    shutil.rmtree(directory, ignore_errors=True)


def test_ctrl_c_ends_a_command_that_waits_with_130_and_no_word_of_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with subprocess.Popen(
            [sys.executable, "-m", "poise.main", "halt", "--wait-s", "60"],
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "POISE_REDIS__URL": url},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as waiting:
            silent.settimeout(60)
            connection, _ = silent.accept()  # by now it waits for the answer
            with connection:
                connection.recv(1)
                waiting.send_signal(signal.SIGINT)
                out, errors = waiting.communicate(timeout=60)
    assert (waiting.returncode, errors, out) == (130, "", "")
