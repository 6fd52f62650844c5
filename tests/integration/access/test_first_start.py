"""The secrets that a first start makes: whose they are, what changes with what, and that they open the servers."""

import importlib.util
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from redis import Redis
from tests.access.servers import redis_with_acl_file

from poise_common.contracts.execution import VenueBalance
from poise_common.platform.bus.access import USERS
from poise_common.platform.key_files import read_signer, read_verifier
from poise_common.platform.logins import LOGINS

ROOT = Path(__file__).parents[3]
SIGNED = VenueBalance(wallet="spot", currency="USDT", total=Decimal(1))

Start = Callable[..., int]


def load(file: Path) -> ModuleType:
    """Import a script that is in no package."""
    specification = importlib.util.spec_from_file_location(file.stem, file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


first_start = load(ROOT / "infra" / "docker" / "first_start.py")


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    root = tmp_path / "secrets"
    assert first_start.main([str(root)]) == 0
    return root


def contents(root: Path) -> dict[str, bytes]:
    return {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}


def changed(root: Path, before: dict[str, bytes]) -> set[str]:
    now = contents(root)
    assert now.keys() == before.keys()
    return {name for name, content in now.items() if before[name] != content}


def test_each_folder_is_its_readers_alone_and_so_is_all_it_holds(secrets: Path) -> None:
    assert {folder.name for folder in secrets.iterdir()} == set(first_start.OWNERS)
    for folder in secrets.iterdir():
        assert folder.stat().st_mode & 0o777 == 0o500
        for file in folder.iterdir():
            assert file.stat().st_mode & 0o777 == 0o400, file
            assert file.stat().st_uid == folder.stat().st_uid


def test_a_second_start_changes_nothing(secrets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(secrets)
    capsys.readouterr()
    assert first_start.main([str(secrets)]) == 0
    assert changed(secrets, before) == set()
    assert capsys.readouterr().out == "nothing was missing\n"


@pytest.mark.parametrize(
    ("removed", "follow"),
    [
        ("risk/redis-url", {"redis/users.acl"}),
        ("operator/redis-url", {"redis/users.acl"}),
        ("redis/health-password", {"redis/users.acl"}),
        ("migrate/risk-password", {"risk/database-url"}),
        ("migrate/console-password", {"operator/database-url"}),
        ("migrate/grafana-password", {"grafana/database-password"}),
        ("postgres/password", {"migrate/database-url"}),
        ("notifier/alertmanager-token", {"alertmanager/notifier-token"}),
        ("risk/risk-signing.pem", {"execution/risk-verify.pem"}),
        ("operator/operator.pem", {"execution/operator-verify.pem"}),
        ("grafana/admin-password", set()),
    ],
)
def test_a_secret_is_changed_by_removing_it_and_what_follows_from_it_changes_too(
    secrets: Path, removed: str, follow: set[str]
) -> None:
    before = contents(secrets)
    (secrets / removed).unlink()
    assert first_start.main([str(secrets)]) == 0
    assert changed(secrets, before) == {removed, *follow}


def test_what_a_person_added_to_an_address_stays(secrets: Path) -> None:
    file = secrets / "risk" / "database-url"
    file.chmod(0o600)
    file.write_text(f"{file.read_text()}?sslmode=require")
    before = contents(secrets)
    assert first_start.main([str(secrets)]) == 0
    assert changed(secrets, before) == set()


def test_what_a_person_put_there_is_closed_to_others(secrets: Path) -> None:
    key = secrets / "execution" / "binance_api_key"
    key.write_text("key")
    key.chmod(0o644)
    assert first_start.main([str(secrets)]) == 0
    assert key.stat().st_mode & 0o777 == 0o400
    assert key.stat().st_uid == key.parent.stat().st_uid


@pytest.mark.parametrize("content", ["", "redis://redis:6379/0"])
def test_an_address_without_a_password_is_refused_in_one_line(
    secrets: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    file = secrets / "risk" / "redis-url"
    file.chmod(0o600)
    file.write_text(content)
    capsys.readouterr()
    assert first_start.main([str(secrets)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(file) in said
    assert file.parent.stat().st_mode & 0o777 == 0o500


def test_the_keys_belong_together(secrets: Path) -> None:
    for private, public in (
        ("risk/risk-signing", "execution/risk-verify"),
        ("operator/operator", "execution/operator-verify"),
    ):
        signature = read_signer(secrets / f"{private}.pem").sign(SIGNED)
        assert read_verifier(secrets / f"{public}.pem").is_signed(SIGNED, signature)


def test_the_private_keys_are_where_they_are_used_alone(secrets: Path) -> None:
    private = {name for name, content in contents(secrets).items() if b"PRIVATE KEY" in content}
    assert private == {"risk/risk-signing.pem", "operator/operator.pem"}


def test_no_two_secrets_are_the_same_but_copies(secrets: Path) -> None:
    passwords = [
        urlsplit((secrets / folder / "redis-url").read_text()).password for folder in first_start.USER_FOLDERS.values()
    ]
    passwords += [(secrets / "migrate" / login.password_file).read_text() for login in LOGINS]
    passwords += [(secrets / name).read_text() for name in ("postgres/password", "redis/health-password")]
    assert len({*passwords}) == len(passwords)
    assert all(password is not None and len(password) >= 32 for password in passwords)


def test_the_bus_lets_in_who_has_the_secrets_and_nobody_by_another_password(secrets: Path, tmp_path: Path) -> None:
    data = tmp_path / "valkey"
    data.mkdir()
    with redis_with_acl_file(data, (secrets / "redis" / "users.acl").read_text()) as port:
        for user, folder in first_start.USER_FOLDERS.items():
            url = (secrets / folder / "redis-url").read_text().replace("redis:6379", f"127.0.0.1:{port}")
            with Redis.from_url(url) as client:
                assert client.ping()
                assert urlsplit(url).username == user
        health = (secrets / "redis" / "health-password").read_text()
        with Redis(port=port, username="health", password=health) as client:
            assert client.ping()
    assert {*first_start.USER_FOLDERS, "health"} == set(USERS)


def test_what_the_compose_file_mounts_and_names_is_what_a_first_start_makes(secrets: Path) -> None:
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    made = contents(secrets).keys()
    seen = set()
    for name, service in compose["services"].items():
        mounted = [
            found
            for volume in service.get("volumes", ())
            for found in re.findall(r"secrets}/(\w+):/run/secrets:ro$", volume)
        ]
        assert len(mounted) <= 1, name
        for folder in mounted:
            seen.add(folder)
            assert folder in first_start.OWNERS, name
            for file in re.findall(r"/run/secrets/([\w.-]+)", str({**service, "volumes": ()})):
                assert f"{folder}/{file}" in made, name
    assert seen == set(first_start.OWNERS)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        first_start.main([str(tmp_path), "--owner", "elsewhere=1"])
    assert ended.value.code == 2
