"""The Redis ACL file and the page on security are what the code says, and the code says no more than is called for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from poise_common.contracts.streams import STREAMS, TIERS, Service, consumed_by, published_by
from poise_common.platform.bus.access import USERS, acl_file, rules_of
from poise_common.platform.logins import LOGINS

ROOT = Path(__file__).resolve().parents[2]
ADDS = {"xadd"}
NOBODYS = {
    *("acl", "bgrewriteaof", "bgsave", "config", "debug", "failover", "flushall", "flushdb", "keys", "migrate"),
    *("module", "monitor", "psync", "publish", "rename", "replicaof", "restore", "save", "scan", "shutdown"),
    *("slaveof", "slowlog", "subscribe", "psubscribe", "swapdb", "sync", "latency", "memory", "object", "function"),
    *("xsetid", "xdel", "xgroup|destroy", "xgroup|setid", "xgroup|delconsumer", "client|kill", "client|list"),
    *("cluster|reset", "cluster|failover", "cluster|meet", "cluster|forget", "script|flush", "script|kill"),
}


def selectors(user: str) -> list[tuple[set[str], set[str]]]:
    """Return, of each selector of a user, its key patterns with their access and its commands."""
    found = re.findall(r"\(([^)]*)\)", rules_of(user))
    words = [one.split() for one in found]
    return [({w for w in one if "~" in w}, {w[1:] for w in one if w.startswith("+")}) for one in words]


def test_the_acl_file_is_up_to_date() -> None:
    assert (ROOT / "infra/redis/users.acl").read_text() == acl_file(), "run `make acl`"


def test_nobody_logs_in_without_a_password_nor_as_the_default_user() -> None:
    first, *others = acl_file().splitlines()
    assert first == "user default off resetpass resetkeys resetchannels -@all"
    assert [line.split()[1] for line in others] == list(USERS)
    assert "nopass" not in acl_file()


@pytest.mark.parametrize("user", USERS)
def test_a_user_has_no_command_that_rules_the_server_and_no_category_of_them(user: str) -> None:
    allowed = {word[1:] for word in re.findall(r"\+[^\s)]+", rules_of(user))}
    assert not allowed & NOBODYS
    assert not any(word.startswith("@") for word in allowed)
    assert "allkeys" not in rules_of(user)
    assert "~*" not in rules_of(user).split()


@pytest.mark.parametrize("service", list(Service))
def test_a_service_adds_to_its_output_and_dead_letters_alone(service: Service) -> None:
    own = {name for stream in published_by(service) for name in stream.names(TIERS)}
    dead = {f"dead.{name}" for stream in consumed_by(service) for name in stream.names(TIERS)}
    for keys, commands in selectors(service.value):
        if commands & ADDS:
            assert commands == ADDS
            assert {key.removeprefix("%W~") for key in keys} == own | (
                dead if service is not Service.CONSOLE else set()
            )


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_stream_is_trimmed_by_its_producers_alone(stream: object) -> None:
    names = {name for one in STREAMS if one is stream for name in one.names(TIERS)}
    producers = next(one for one in STREAMS if one is stream).producers
    for service in Service:
        if any(
            "xtrim" in commands and {key.lstrip("%RW~") for key in keys} & names
            for keys, commands in selectors(service)
        ):
            assert service in producers


def table(heading: str) -> dict[str, list[str]]:
    """Return the rows below a heading of the page on security, by what their first cell names."""
    text = (ROOT / "docs/security.md").read_text().partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    return {first.strip("`"): others for first, *others in rows}


def test_the_page_on_security_names_every_user_of_the_bus_and_its_own_keys() -> None:
    users = table("Users of Redis")
    assert list(users) == list(USERS)
    for service in Service:
        keys = {key.lstrip("~") for patterns, _ in selectors(service.value) for key in patterns if key.endswith(":*")}
        assert set(re.findall(r"`([^`]+)`", users[service.value][2])) == keys


def test_the_page_on_security_names_every_login_of_the_book_and_its_time_limit() -> None:
    logins = table("Logins of the book")
    limits = {login.name: f"`{login.statement_timeout}`" if login.statement_timeout else "" for login in LOGINS}
    assert {name: cells[1] for name, cells in logins.items()} == limits


def test_the_page_on_security_names_every_secret_of_a_first_start(tmp_path: Path) -> None:
    script = ROOT / "infra/docker/first_start.py"
    subprocess.run([sys.executable, str(script), str(tmp_path)], check=True, capture_output=True)  # noqa: S603  (ours)
    made = {folder.name: {file.name for file in folder.iterdir()} for folder in tmp_path.iterdir()}
    assert {name: set(re.findall(r"`([^`]+)`", cells[0])) for name, cells in table("Secrets").items()} == made
