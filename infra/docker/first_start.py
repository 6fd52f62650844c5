"""Make the secrets an installation lacks, a folder for each user of them; what is there stays: `first_start.py [ROOT]`.

What follows from another secret (the ACL file's hashes, a password within an address, a public key, a second copy) is
written anew when that one changes. So a password is changed by removing its file and starting again.
"""

import argparse
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from poise_common.platform.bus.access import HEALTH_USER, acl_file
from poise_common.platform.key_files import ensure_key_pair
from poise_common.platform.logins import LOGINS
from poise_common.platform.refusals import StartRefused
from poise_common.platform.secret_files import SecretRefused, read_secret

DESK_UID = 10001
OWNERS: dict[str, int] = {
    "redis": 999,
    "postgres": 999,
    "grafana": 472,
    "alertmanager": 65534,
    **dict.fromkeys(
        ("migrate", "ingestion", "signals", "risk", "execution", "portfolio", "notifier", "operator"), DESK_UID
    ),
}
"""Each folder, and as which user whoever has it mounted runs: those of the official images, and our own images'."""
USER_FOLDERS = {user: user for user in ("ingestion", "signals", "risk", "execution", "portfolio", "notifier")} | {
    "console": "operator"
}
"""Where each user of the bus and login of the book finds its addresses."""
DATABASE_OWNER = "poise"
_PASSWORD_BYTES = 32
_FOLDER_OPEN, _FOLDER_CLOSED, _FILE = 0o700, 0o500, 0o400


class SecretFolders:
    """The folders below a root, while they are open."""

    def __init__(self, root: Path, redis_at: str, postgres_at: str) -> None:
        self._root = root
        self._redis_at = redis_at
        self._postgres_at = postgres_at
        self.made: list[str] = []

    def make(self) -> None:
        """Make what is missing; raises StartRefused where what is there cannot be read."""
        self._make_keys()
        self._make_bus_users()
        self._make_book_logins()
        self._made_once("grafana/admin-password", _new_password)
        token = self._made_once("notifier/alertmanager-token", _new_password)
        self._follows("alertmanager/notifier-token", token)

    def _make_keys(self) -> None:
        for private, public in (
            ("risk/risk-signing.pem", "execution/risk-verify.pem"),
            ("operator/operator.pem", "execution/operator-verify.pem"),
        ):
            if ensure_key_pair(self._root / private, self._root / public):
                self.made += [private, public]

    def _make_bus_users(self) -> None:
        passwords = {HEALTH_USER: self._made_once("redis/health-password", _new_password)}
        for user, folder in USER_FOLDERS.items():
            url = self._made_once(f"{folder}/redis-url", lambda user=user: self._new_redis_url(user))
            passwords[user] = _password_in(url, self._root / folder / "redis-url")
        self._follows("redis/users.acl", acl_file(passwords))

    def _make_book_logins(self) -> None:
        owner = self._made_once("postgres/password", _new_password)
        self._database_url("migrate", DATABASE_OWNER, owner)
        for login in LOGINS:
            password = self._made_once(f"migrate/{login.password_file}", _new_password)
            if login.name in USER_FOLDERS:
                self._database_url(USER_FOLDERS[login.name], login.name, password)
            else:
                self._follows(f"{login.name}/database-password", password)

    def _new_redis_url(self, user: str) -> str:
        return f"redis://{user}:{_new_password()}@{self._redis_at}/0"

    def _database_url(self, folder: str, login: str, password: str) -> None:
        """Write the address unless one with this password is there: people add to it what their server wants."""
        file = self._root / folder / "database-url"
        if not file.exists() or urlsplit(read_secret(file)).password != password:
            url = f"postgresql+asyncpg://{login}:{password}@{self._postgres_at}/{DATABASE_OWNER}"
            self._write(f"{folder}/database-url", url)

    def _made_once(self, name: str, make: Callable[[], str]) -> str:
        if not (self._root / name).exists():
            self._write(name, make())
        return read_secret(self._root / name)

    def _follows(self, name: str, content: str) -> None:
        file = self._root / name
        if not file.exists() or file.read_text() != content:
            self._write(name, content)

    def _write(self, name: str, content: str) -> None:
        """Write a file whole or not at all, nobody's but the owner's from its first moment."""
        file = self._root / name
        beside = file.with_name(f".{file.name}.new")
        beside.unlink(missing_ok=True)
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            output.write(content)
            output.flush()
            os.fsync(output.fileno())
        beside.rename(file)
        self.made.append(name)


@contextmanager
def open_folders(root: Path, owners: dict[str, int]) -> Iterator[None]:
    """Make the folders and let this process write there; after it each is its reader's alone, with all it holds."""
    for folder in owners:
        (root / folder).mkdir(parents=True, exist_ok=True)
        (root / folder).chmod(_FOLDER_OPEN)
    try:
        yield
    finally:
        for folder, owner in owners.items():
            for file in (root / folder).iterdir():
                _give(file, owner, _FILE)
            _give(root / folder, owner, _FOLDER_CLOSED)


def _give(path: Path, owner: int, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:  # anybody else makes secrets for itself
        os.chown(path, owner, owner)


def _new_password() -> str:
    return secrets.token_urlsafe(_PASSWORD_BYTES)


def _password_in(url: str, file: Path) -> str:
    password = urlsplit(url).password
    if not password:
        raise SecretRefused(file, "its address has no password")
    return password


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing below the root and name it; returns the exit code."""
    parser = argparse.ArgumentParser(prog="first_start.py", description=__doc__)
    parser.add_argument("root", type=Path, nargs="?", default=Path("/secrets"), help="the folder of the folders")
    parser.add_argument("--redis", default="redis:6379", help="HOST:PORT of the bus in new addresses")
    parser.add_argument("--postgres", default="postgres:5432", help="HOST:PORT of the book in new addresses")
    parser.add_argument(
        "--owner", action="append", default=[], metavar="FOLDER=UID", help="as which user a folder's reader runs"
    )
    given = parser.parse_args(arguments)
    owners = OWNERS | {folder: int(uid) for folder, _, uid in (one.partition("=") for one in given.owner)}
    if unknown := sorted(owners.keys() - OWNERS.keys()):
        parser.error(f"{', '.join(unknown)}: no folder of secrets; {', '.join(OWNERS)} are")
    folders = SecretFolders(given.root, given.redis, given.postgres)
    try:
        with open_folders(given.root, owners):
            folders.make()
    except (StartRefused, OSError) as refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    sys.stdout.write("".join(f"made {name}\n" for name in folders.made) or "nothing was missing\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
