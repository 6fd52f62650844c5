"""Stands between a client and the venue's streams, and loses frames when told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType, web

_HOP_HEADERS = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


class StreamProxy:
    """Forwards REST and WebSocket; `lose` names a word, and the next frame that holds it is lost; `muted` loses all.

    Requests are answered while `answers` is set; `asked` is set by one that waits for that.
    """

    def __init__(self, http_url: str) -> None:
        self._http_url = http_url
        self.url = ""
        self.lose: str | None = None
        self.lost = asyncio.Event()
        self.muted = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = asyncio.Event()
        self.opened = 0
        self.opened_again = asyncio.Event()
        self._sockets: set[web.WebSocketResponse] = set()

    def cut(self) -> None:
        """Drop every connection that is open."""
        for socket in list(self._sockets):
            if socket._req is not None and socket._req.transport is not None:
                socket._req.transport.abort()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["StreamProxy"]:
        async with ClientSession() as self._client:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._handle)
            runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            try:
                yield self
            finally:
                await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await self._stream(request)
        if not self.answers.is_set():
            self.asked.set()
            await self.answers.wait()
        async with self._client.request(
            request.method,
            self._http_url + request.raw_path,
            headers={name: value for name, value in request.headers.items() if name.lower() not in _HOP_HEADERS},
            data=await request.read(),
        ) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type="application/json")

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        self.opened += 1
        if self.opened > 1:
            self.opened_again.set()
        here = web.WebSocketResponse()
        await here.prepare(request)
        self._sockets.add(here)
        async with self._client.ws_connect(self._http_url + request.raw_path) as there:
            upward = asyncio.create_task(_forward(here, there))
            try:
                async for frame in there:
                    if frame.type is not WSMsgType.TEXT or here.closed:
                        break
                    if self.lose is not None and self.lose in frame.data:
                        self.lose = None
                        self.lost.set()
                        continue
                    if not self.muted:
                        await here.send_str(frame.data)
            except ConnectionError:
                pass
            finally:
                upward.cancel()
                self._sockets.discard(here)
        return here


async def _forward(here: web.WebSocketResponse, there: ClientWebSocketResponse) -> None:
    async for frame in here:
        if frame.type is WSMsgType.TEXT:
            await there.send_str(frame.data)
    await there.close()
