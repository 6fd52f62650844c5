"""Stands between execution and the venue, and loses order requests or their answers as the test wants."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import Enum

from aiohttp import ClientSession, ClientTimeout, web

SPOT_ORDERS = "/api/v3/order"
FUTURES_ORDERS = "/fapi/v1/order"
_HOP_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "content-encoding", "connection"})


class Fate(Enum):
    """What becomes of an order request."""

    PASSES = "passes"
    REQUEST_LOST = "request_lost"
    ANSWER_LOST = "answer_lost"
    ANSWER_LATE = "answer_late"
    ANSWER_GARBLED = "answer_garbled"
    ANSWERED_503 = "answered_503"


class VenueProxy:
    """Forwards everything; `fates` by order path say what becomes of each POST there."""

    def __init__(self, venue_url: str) -> None:
        self._venue_url = venue_url
        self.url = ""
        self.fates = dict.fromkeys((SPOT_ORDERS, FUTURES_ORDERS), Fate.PASSES)
        self.posts: list[str] = []
        """The order paths of all POSTs that execution sent, whatever became of them."""
        self.look_ups = 0
        """How often a single order was asked for."""
        self.lost = 0
        """How many order requests are kept waiting, or were."""
        self._released = asyncio.Event()

    def release(self) -> None:
        """Hang up on everybody who was kept waiting."""
        self._released.set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["VenueProxy"]:
        async with ClientSession(auto_decompress=False, timeout=ClientTimeout(30)) as self._client:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield self
            finally:
                self.release()
                await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        fate = Fate.PASSES
        if request.method == "POST" and request.path in self.fates:
            self.posts.append(request.path)
            fate = self.fates[request.path]
        if request.method == "GET" and request.path in self.fates:
            self.look_ups += 1
        if fate is Fate.REQUEST_LOST:
            return await self._hang_up(request)
        answer = await self._forward(request)
        match fate:
            case Fate.ANSWER_LOST:
                return await self._hang_up(request)
            case Fate.ANSWER_LATE:
                self.lost += 1
                await self._released.wait()
            case Fate.ANSWER_GARBLED:
                return web.Response(text='{"symbol": "BTCU', content_type="application/json")
            case Fate.ANSWERED_503:
                return web.Response(status=503, text="<html>Service Unavailable</html>", content_type="text/html")
        return answer

    async def _hang_up(self, request: web.Request) -> web.StreamResponse:
        self.lost += 1
        await self._released.wait()
        if request.transport is not None:
            request.transport.close()
        return web.Response()

    async def _forward(self, request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _HOP_HEADERS}
        async with self._client.request(
            request.method, self._venue_url + request.raw_path, headers=headers, data=await request.read()
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOP_HEADERS}
            return web.Response(status=answer.status, body=await answer.read(), headers=kept)
