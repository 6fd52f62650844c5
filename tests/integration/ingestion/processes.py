"""Ingestion and simulator as processes of their own, and what ingestion says on the bus."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis.asyncio import Redis

from poise_common.contracts.message import Message
from poise_common.contracts.streams import TIERS, stream_of
from poise_common.platform.bus.wire import Malformed, decoder_of

ROOT = Path(__file__).parents[3]
PATIENCE_S = 60
ENDED_BY_US = (0, -signal.SIGKILL, -signal.SIGTERM)
M = TypeVar("M", bound=Message)


@asynccontextmanager
async def ingestion(redis_url: str, venue_url: str, **environment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `python -m poise_ingestion` while inside; fails with what it said if it broke."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "poise_ingestion",
        env={
            **os.environ,
            "POISE_REDIS__URL": redis_url,
            "POISE_CONFIG__DIR": str(ROOT / "config"),
            "POISE_VENUES__PAPER__BASE_URL": venue_url,
            **environment,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said = asyncio.create_task(process.stdout.read()) if process.stdout else None
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        output = (await said).decode() if said else ""
        if process.returncode not in ENDED_BY_US:
            pytest.fail(f"ingestion ended with {process.returncode}:\n{output[-3000:]}")


@asynccontextmanager
async def simulator_at(port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the simulator on a port while inside; ready when it listens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "poise_simulator", "--port", str(port), "--seed", "7", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline(), "the simulator did not start"
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


class Bus:
    """Reads streams from where it last stopped."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._positions: dict[str, str] = {}

    async def skip_to_now(self) -> None:
        """Forget what is on the streams up to now."""
        for name in list(self._positions):
            newest: Any = await self._redis.xrevrange(name, count=1)
            self._positions[name] = newest[0][0].decode() if newest else "0-0"

    async def until(self, kind: type[M], wanted: Callable[[M], bool] = lambda _: True, *, tier: int | None = None) -> M:
        """Read a type's stream until a message is as wanted."""
        async with asyncio.timeout(PATIENCE_S):
            async for message in self._read(kind, (tier,) if tier else TIERS):
                if wanted(message):
                    return message
        raise AssertionError("the stream has no end")

    async def collect(self, kind: type[M], count: int, *, tier: int | None = None) -> list[M]:
        """Read so many messages of a type."""
        found: list[M] = []
        async with asyncio.timeout(PATIENCE_S):
            async for message in self._read(kind, (tier,) if tier else TIERS):
                found.append(message)
                if len(found) == count:
                    break
        return found

    async def _read(self, kind: type[M], tiers: tuple[int, ...]) -> AsyncIterator[M]:
        stream = stream_of(kind)
        decode = decoder_of(stream)
        names = stream.names(tiers)
        while True:
            positions: Any = {name: self._positions.setdefault(name, "0-0") for name in names}
            read: Any = await self._redis.xread(positions, count=100, block=1000)
            for raw_name, entries in read or ():
                for entry_id, fields in entries:
                    self._positions[raw_name.decode()] = entry_id.decode()
                    message = decode(fields)
                    assert not isinstance(message, Malformed), message
                    if isinstance(message, kind):
                        yield message
