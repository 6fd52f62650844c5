"""Waiting for what other processes do: nothing tells us of it, so we look."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], bool | Awaitable[bool]], *, every_s: float) -> None:
    """Look until it holds."""
    while True:
        held = holds()
        if held if isinstance(held, bool) else await held:
            return
        await asyncio.sleep(every_s)
