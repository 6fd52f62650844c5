"""A simulated world, put together: its venues, each on a port of its own, and the task that keeps them running."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

from poise_simulator.clock import RunningClock
from poise_simulator.control.hosted import Hosted
from poise_simulator.domain.world import World
from poise_simulator.protocol.face import Face
from poise_simulator.protocol.served import ServedExchange
from poise_simulator.settings import SimulatorSettings
from poise_simulator.venue_site import VenueSite
from poise_simulator.venues import faces_of


class Simulator:
    """Running venues, the first of them and those beside it; `async with` starts and stops them."""

    def __init__(self, settings: SimulatorSettings, clock_ms: Callable[[], int] | None = None) -> None:
        start_ms = settings.start_ms()
        clock = clock_ms or RunningClock(start_ms)  # first: what the exchanges take to be built would be their lag
        self._tick_s = settings.tick_ms / 1000
        faces = faces_of(settings, clock, start_ms)
        world = World({name: face.served.exchange for name, face in faces.items()})
        about: dict[str, object] = {
            "seed": settings.seed,
            "profile": settings.profile,
            "funding_interval_s": settings.funding_interval_s,
            "start_ms": start_ms,
            "venues": list(faces),
        }
        self.sites = [
            VenueSite(Hosted(name, world, faces), settings.host, port, about)
            for name, port in zip(faces, settings.ports(), strict=True)
        ]
        self._stopping = AsyncExitStack()
        self._pump: asyncio.Task[None] | None = None

    @property
    def first(self) -> VenueSite:
        """Return the venue that every world has."""
        return self.sites[0]

    @property
    def face(self) -> Face:
        """Return the first venue's protocol."""
        return self.first.face

    @property
    def venue(self) -> ServedExchange:
        """Return the first venue's exchange."""
        return self.face.served

    @property
    def port(self) -> int:
        """Return the first venue's port."""
        return self.first.port

    @property
    def base_url(self) -> str:
        """Return the address of the first venue's REST API."""
        return self.first.base_url

    async def __aenter__(self) -> Simulator:
        """Listen and run; raises `OSError` when a port is taken."""
        async with AsyncExitStack() as started:
            for site in self.sites:
                await site.start()
                started.push_async_callback(site.stop)
            self._stopping = started.pop_all()
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection, stop listening."""
        if self._pump is not None:
            self._pump.cancel()
            with suppress(asyncio.CancelledError):
                await self._pump
        await self._stopping.aclose()

    async def run_until(self, stopped: asyncio.Event) -> None:
        """Return when `stopped` is set; raises what ended the market's task if that ends first."""
        if self._pump is None:
            return
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({waiting, self._pump}, return_when=asyncio.FIRST_COMPLETED)
        if self._pump.done():
            waiting.cancel()
            self._pump.result()

    async def _run(self) -> None:
        while True:
            for site in self.sites:
                site.tick()
                await asyncio.sleep(0)
            await asyncio.sleep(self._tick_s)
