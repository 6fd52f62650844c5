"""Waiting for what a demo waits for, without missing that a person stops it or that a process refuses to start."""

import asyncio
import time
from collections.abc import Awaitable
from typing import Any

from poise.supervisor import ProcessRefusedToStart

_LOOK_EVERY_S = 0.1


class TradingTime:
    """How long the desk still trades; it runs from the first book on."""

    def __init__(self) -> None:
        self._started: float | None = None
        self._ends = 0.0

    def start(self, seconds: float) -> None:
        """Let it run."""
        self._started = time.monotonic()
        self._ends = self._started + seconds

    def last_at_least(self, seconds: float) -> None:
        """End no earlier than so long from now."""
        self._ends = max(self._ends, time.monotonic() + seconds)

    @property
    def passed_s(self) -> float:
        return 0.0 if self._started is None else time.monotonic() - self._started

    @property
    def left_s(self) -> float | None:
        """None until it runs."""
        return None if self._started is None else self._ends - time.monotonic()


class Waiting:
    """Wait for one thing at a time; `interrupted` is set when a person stops the run."""

    def __init__(self, refused: asyncio.Future[ProcessRefusedToStart], interrupted: asyncio.Event) -> None:
        self._refused = refused
        self._interrupted = interrupted

    @property
    def is_interrupted(self) -> bool:
        return self._interrupted.is_set()

    async def until(self, happens: Awaitable[Any], *, timeout_s: float) -> bool:
        """Wait until it happens; False when the time passed, or a person stopped the run.

        Raises ProcessRefusedToStart as soon as one of the desk's processes does, and whatever is raised by the awaited.
        """
        awaited = asyncio.ensure_future(happens)
        interrupted = asyncio.create_task(self._interrupted.wait())
        try:
            await asyncio.wait(
                (awaited, interrupted, self._refused), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED
            )
            if self._refused.done():
                raise self._refused.result()
            if awaited.done():
                awaited.result()
            return awaited.done()
        finally:
            awaited.cancel()
            interrupted.cancel()

    async def pause(self, seconds: float) -> None:
        """Let time pass; less when a person stops the run. Raises as `until` does."""
        await self.until(asyncio.get_running_loop().create_future(), timeout_s=max(0.0, seconds))


async def listens(port: int) -> None:
    """Return once somebody listens on a loopback port."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_LOOK_EVERY_S)
            continue
        writer.close()
        return
