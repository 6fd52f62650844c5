"""Runs any service: the one way from streams to a core, its records, its messages and its effects, and back."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from poise_common.domain.clock import Clock
from poise_common.platform.clock import utc_now
from poise_common.platform.connections import Connections
from poise_common.platform.health import health_server
from poise_common.platform.metrics import READY, show_build
from poise_common.platform.service import ServiceSpec
from poise_common.platform.serving import Serving
from poise_common.platform.settings import ServiceSettings


async def run_service(
    spec: ServiceSpec, settings: ServiceSettings, *, stop: asyncio.Event | None = None, clock: Clock = utc_now
) -> None:
    """Run a service until `stop` is set (returns) or a defect ends it (raises; nothing in hand is lost).

    Raises StartRefused where it cannot start: no database configured, tables missing.
    """
    stop = stop or asyncio.Event()
    connections = Connections(spec, settings)
    serving: Serving | None = None

    def unready() -> Sequence[str]:
        return serving.unready() if serving is not None else connections.unready()

    show_build()
    READY.set_function(lambda: not unready())
    async with health_server(settings.health.host, settings.health.port, unready):
        try:
            if not await _unless(stop, connections.open()):
                return
            serving = Serving(spec, settings, connections, clock)
            await serving.run(stop)
        finally:
            await connections.close()


async def _unless(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Do the work, or leave it when the stop comes first; True if it was done."""
    doing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            doing.result()
            return True
        return False
    finally:
        for task in (doing, stopping):
            task.cancel()
        await asyncio.gather(doing, stopping, return_exceptions=True)
