"""Something to scrape that shows what a test wants, and somebody to tell who remembers all posts."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from poise_common.platform.clock import machine_s


class Exhibit:
    """Samples that are scraped; a test changes them."""

    def __init__(self, samples: Mapping[str, float]) -> None:
        self.samples = dict(samples)
        self.address = ""

    @asynccontextmanager
    async def shown(self) -> AsyncIterator["Exhibit"]:
        """Be scraped while inside."""

        async def metrics(_: web.Request) -> web.Response:
            return web.Response(text="".join(f"{name} {value}\n" for name, value in self.samples.items()))

        async with _serving(web.get("/metrics", metrics)) as port:
            self.address = f"127.0.0.1:{port}"
            yield self


class Receiver:
    """Takes Alertmanager's posts as the notifier does: with a token, and nothing else."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.told: list[dict[str, Any]] = []
        self.url = ""
        self._more = asyncio.Event()

    def named(self, name: str, status: str = "firing") -> list[dict[str, Any]]:
        """Return each time that an alert was told with a status."""
        return [each for each in self.told if each["labels"]["alertname"] == name and each["status"] == status]

    async def hears(self, name: str, status: str = "firing", *, times: int = 1, within_s: float = 60) -> dict[str, Any]:
        """Wait until an alert was told so often; returns it as it was told last."""
        ends_at = machine_s() + within_s
        while len(self.named(name, status)) < times:
            self._more.clear()
            async with asyncio.timeout(ends_at - machine_s()):
                await self._more.wait()
        return self.named(name, status)[-1]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Receiver"]:
        """Take posts while inside."""

        async def posted(request: web.Request) -> web.Response:
            if request.headers.get("Authorization") != f"Bearer {self._token}":
                return web.Response(status=401)
            body = await request.json()
            assert body["version"] == "4"
            self.told += body["alerts"]
            self._more.set()
            return web.Response()

        async with _serving(web.post("/alertmanager", posted)) as port:
            self.url = f"http://127.0.0.1:{port}/alertmanager"
            yield self


@asynccontextmanager
async def _serving(route: web.RouteDef) -> AsyncIterator[int]:
    application = web.Application()
    application.add_routes([route])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
