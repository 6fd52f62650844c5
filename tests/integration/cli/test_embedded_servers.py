"""The servers the launcher brings along."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from redis import Redis
from sqlalchemy import text

from poise.embedded import embedded_servers
from poise_common.platform.database import create_engine

HOLDER = """
import sys
from poise.embedded import embedded_valkey
with embedded_valkey() as url:
    print(url, flush=True)
    sys.stdin.readline()
"""


def test_the_bus_never_hears_ctrl_c_and_goes_with_the_block_that_holds_it() -> None:
    """A terminal sends SIGINT to all its processes; a bus that heard it would be gone before the desk has settled."""
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        with Redis.from_url(holder.stdout.readline().strip()) as redis:
            server = psutil.Process(int(redis.info("server")["process_id"]))
            policy = redis.config_get("maxmemory-policy")
            durable = redis.config_get("appendfsync")
        status = Path(f"/proc/{server.pid}/status").read_text()
        blocked = int(status.split("SigBlk:")[1].split()[0], 16)
        assert blocked & (1 << (signal.SIGINT - 1))
        assert not blocked & (1 << (signal.SIGTERM - 1))
        assert (policy, durable) == ({"maxmemory-policy": "noeviction"}, {"appendfsync": "always"})
        directory = Path(server.cwd())
        holder.stdin.close()
        holder.wait()
    assert not server.is_running()
    assert not directory.exists()


def test_both_servers_answer_and_the_launcher_still_hears_ctrl_c() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with embedded_servers() as servers:
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before
        with Redis.from_url(servers.redis_url) as redis:
            assert redis.ping()
        assert asyncio.run(_answer(servers.database_url)) == 1


async def _answer(url: str) -> object:
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            return (await connection.execute(text("select 1"))).scalar()
    finally:
        await engine.dispose()
