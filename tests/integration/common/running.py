"""Running a service inside a test, and waiting for what it does."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from redis.asyncio import Redis

from poise_common.contracts.message import Message
from poise_common.domain.clock import Clock
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.crew import Crew
from poise_common.platform.endings import StartsAnew
from poise_common.platform.service import ServiceSpec
from poise_common.platform.settings import ServiceSettings
from poise_common.platform.shell import run_service

_PATIENCE_S = 30


@asynccontextmanager
async def running(
    spec: ServiceSpec, settings: ServiceSettings, clock: Clock = utc_now
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a service while inside; it is stopped at the end unless it ended by itself."""
    stop = asyncio.Event()
    task = asyncio.create_task(run_service(spec, settings, stop=stop, clock=clock))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait({task}, timeout=_PATIENCE_S)
        if not task.done():
            task.cancel()
    if not task.cancelled() and task.exception() is None:
        task.result()


class Supervised:
    """A service that is started anew whenever it asks for that by its end; any other end is its own failure."""

    def __init__(self, spec: ServiceSpec, settings: ServiceSettings) -> None:
        self._spec = spec
        self._settings = settings
        self._stop = asyncio.Event()
        self.endings: list[StartsAnew] = []

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep it running while inside."""
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._stop.set()
            await asyncio.wait_for(keeping, _PATIENCE_S)

    async def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                await run_service(self._spec, self._settings, stop=self._stop)
            except StartsAnew as ending:
                self.endings.append(ending)


async def toy_process(strike: str, redis_url: str, database: str) -> Process:
    """Start the toy as a process; `strike` is `nowhere` or `<signal>@<failpoint>`."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.integration.common.toy_process", strike, redis_url, database),
        stdout=PIPE,
        stderr=PIPE,
    )


async def eventually(holds: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait until something holds; fails saying what did not."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                answer = holds()
                if answer if isinstance(answer, bool) else await answer:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"never came true: {what}") from None


async def publish(redis: Redis, *messages: Message) -> list[str]:
    """Add messages to their streams as another service would; returns their entry ids."""
    ids: list[str] = []
    for message in messages:
        out = encode(message)
        added: Any = await redis.xadd(out.name, {KEY_FIELD: out.key, DATA_FIELD: out.payload})
        ids.append(added.decode())
    return ids


@asynccontextmanager
async def in_background(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run something endless while inside."""
    crew = Crew()
    crew.start(work)
    try:
        yield
    finally:
        await crew.end()
