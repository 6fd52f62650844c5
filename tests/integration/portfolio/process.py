"""The portfolio as it runs in production, and what it says on the bus."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from poise_common.contracts.message import Message
from poise_common.contracts.state import PortfolioState
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.wire import decoder_of

ROOT = Path(__file__).parents[3]


class PortfolioProcess:
    """`python -m poise_portfolio`."""

    def __init__(self, redis_url: str, database_url: str, **environment: str) -> None:
        self._environment = {
            **os.environ,
            "POISE_REDIS__URL": redis_url,
            "POISE_DATABASE__URL": database_url,
            "POISE_CONFIG__DIR": str(ROOT / "config"),
            **environment,
        }

    async def start(self) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", "poise_portfolio", env=self._environment, stdout=pipe, stderr=pipe
        )

    @asynccontextmanager
    async def running(self, stop_signal: signal.Signals = signal.SIGTERM) -> AsyncIterator[asyncio.subprocess.Process]:
        """Run it while inside, then end it by a signal; fails with what it said if it had ended by itself."""
        process = await self.start()
        try:
            yield process
        finally:
            ended_by_itself = process.returncode is not None
            if not ended_by_itself:
                process.send_signal(stop_signal)
            output, errors = await process.communicate()
            if ended_by_itself:
                pytest.fail(f"the portfolio ended by itself with {process.returncode}:\n{(output + errors).decode()}")


async def published(redis: Redis, kind: type[Message]) -> list[Any]:
    """Return all messages of a type that its stream still has, oldest first."""
    stream = stream_of(kind)
    entries: Any = await redis.xrange(stream.name)
    decode = decoder_of(stream)
    return [message for _, fields in entries if isinstance(message := decode(fields), kind)]


async def newest_state(redis: Redis) -> PortfolioState | None:
    return next(reversed(await published(redis, PortfolioState)), None)
