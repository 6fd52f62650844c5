"""What the guide for a server has people type exists: verbs, services, commands, settings, folders of secrets."""

import importlib.util
import re
import shlex
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest
import yaml
from typer.main import get_command

from poise.main import app

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs" / "vps.md").read_text()
COMPOSE_TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(COMPOSE_TEXT)
MAKEFILE = (ROOT / "Makefile").read_text()
EXAMPLE = (ROOT / "desk.env.example").read_text()
COMPOSE_VERBS = frozenset({"ps", "run", "restart", "stop", "logs", "up", "down", "build"})
ADDED_BY_PEOPLE = frozenset({"telegram-token", "webhook-url"})


def commands() -> list[list[str]]:
    """Every command of the guide's shell blocks, and every one that its sentences name, in words."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", GUIDE, re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    said = re.findall(r"(?<!`)`((?:make|poise|docker compose) [^`]+)`(?!`)", GUIDE)
    joined = (part.strip() for line in [*lines, *said] for part in re.split(r"&&|\|", line))
    return [shlex.split(line) for line in joined if line]


@cache
def first_start() -> ModuleType:
    spec = importlib.util.spec_from_file_location("first_start", ROOT / "infra" / "docker" / "first_start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_guide_has_commands_of_each_kind() -> None:
    programs = {words[0] for words in commands()}
    assert {"make", "poise", "docker", "sudo", "cp"} <= programs


def test_every_make_verb_and_variable_exists() -> None:
    verbs = set(re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
    for words in (words for words in commands() if words[0] == "make"):
        named = [word for word in words[1:] if not word.startswith("-")]
        assert named[0] in verbs, words
        for variable in (word.partition("=")[0] for word in named[1:]):
            assert f"$({variable})" in MAKEFILE or f"$(if $({variable})" in MAKEFILE, words


def test_every_service_that_docker_compose_is_given_exists() -> None:
    given = [words for words in commands() if words[:2] == ["docker", "compose"]]
    assert given
    for words in given:
        verb = next(word for word in words[2:] if word in COMPOSE_VERBS)
        rest = words[words.index(verb) + 1 :]
        scaled = [word.partition("=")[0] for before, word in pairwise(rest) if before == "--scale"]
        plain = [word for word in rest if re.fullmatch(r"[a-z][a-z0-9-]*", word)]
        assert {*scaled, *plain} <= set(COMPOSE["services"]), words


def test_every_command_of_poise_exists_with_its_options() -> None:
    root = get_command(app)
    given = [words[1:] for words in commands() if words[0] == "poise"]
    assert given
    for words in given:
        command, rest = root, list(words)
        while rest and rest[0] in (below := getattr(command, "commands", {})):
            command = below[rest.pop(0)]
        assert command is not root, words
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in rest if word.startswith("--")} <= options, words


def test_every_setting_is_one_that_the_compose_file_reads() -> None:
    found = set(re.findall(r"\$\{([A-Z_]+)|^ +(POISE_\w+):$", COMPOSE_TEXT, re.MULTILINE))
    read = {name for names in found for name in names}
    offered = set(re.findall(r"^#?((?:POISE|COMPOSE)_\w+)=", EXAMPLE, re.MULTILINE))
    assert offered - {"COMPOSE_PROFILES"} <= read
    assert set(re.findall(r"^ *((?:POISE|COMPOSE)_\w+)=", GUIDE, re.MULTILINE)) <= offered
    assert set(re.findall(r"`(POISE_\w+)`", GUIDE)) <= offered


def test_every_folder_and_file_of_secrets_is_one_that_a_first_start_makes_or_people_add(tmp_path: Path) -> None:
    owners = first_start().OWNERS
    assert first_start().main([str(tmp_path)]) == 0
    made = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    for path in set(re.findall(r"\bsecrets/([a-z]+/[\w-]+)", GUIDE)):
        folder, _, file = path.partition("/")
        assert folder in owners, path
        assert path in made or file in ADDED_BY_PEOPLE or re.fullmatch(r"[a-z]+_(api_key|secret)", file), path
    assert set(re.findall(r"/secrets\}?/(\w+):/run/secrets", COMPOSE_TEXT)) == set(owners)


@pytest.mark.parametrize("service", sorted(COMPOSE["services"]))
def test_every_service_of_the_compose_file_is_hardened_and_bounded(service: str) -> None:
    part = COMPOSE["services"][service]
    assert part["read_only"]
    assert part["cap_drop"] == ["ALL"]
    assert part["security_opt"] == ["no-new-privileges:true"]
    assert part["mem_limit"]
    assert part["pids_limit"]
    assert part["logging"]["options"]["max-size"]
    assert "container_name" not in part
    assert all(str(port).startswith("127.0.0.1:") for port in part.get("ports", ()))
    if "restart" in part:
        assert part["healthcheck"]
