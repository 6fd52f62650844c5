"""Accepting and closing WebSockets, with a writer task for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from aiohttp import WSCloseCode, web

from poise_simulator.protocol.connection import Connection

_log = logging.getLogger(__name__)

FAREWELL_MAX_S = 1.0
"""How long a connection that is closed may take to be told so."""


Admit = Callable[[web.Request], None]
"""Raise what a venue answers to a handshake that it doesn't accept."""


@dataclass(frozen=True, slots=True)
class SocketLife:
    """How far behind a reader may fall, in messages, and how long a connection may live.

    `heartbeat_s` is how often it is pinged, None where the venue leaves that to the client. `farewell` is the last
    message before the venue closes it.
    """

    outbox_max: int
    lifetime_s: float
    heartbeat_s: float | None = None
    farewell: bytes | None = None


class OpenSockets:
    """Keep the open connections of one path, to close them when the server ends."""

    def __init__(self, admit: Admit, life: SocketLife) -> None:
        self._admit = admit
        self._life = life
        self._open: dict[web.WebSocketResponse, Connection] = {}
        self._closing: set[asyncio.Future[None]] = set()
        self.slow_readers_cut_off = 0

    @property
    def count(self) -> int:
        """Return how many connections are open."""
        return len(self._open)

    @asynccontextmanager
    async def accept(self, request: web.Request) -> AsyncIterator[tuple[web.WebSocketResponse, Connection]]:
        """Accept a WebSocket that the venue admits, and write to it until the block ends."""
        self._admit(request)
        # Compression would cost more than the loopback and local networks this runs on.
        socket = web.WebSocketResponse(heartbeat=self._life.heartbeat_s, compress=False)
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client left during the handshake")
        connection = Connection(socket, transport, self._life.outbox_max)
        writer = asyncio.create_task(connection.write_until_closed())
        ending = asyncio.get_running_loop().call_later(self._life.lifetime_s, self._end, socket)
        self._open[socket] = connection
        try:
            yield socket, connection
        finally:
            ending.cancel()
            del self._open[socket]
            if connection.is_cut_off:
                self.slow_readers_cut_off += 1
                _log.warning("cut off %s, which read too slowly", request.remote)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    def drop(self) -> None:
        """Drop every connection without a word."""
        for connection in list(self._open.values()):
            connection.drop()

    async def close(self) -> None:
        """Close every connection with 'going away'."""
        await asyncio.gather(*(self._close(socket) for socket in list(self._open)))

    def _end(self, socket: web.WebSocketResponse) -> None:
        closing = asyncio.ensure_future(self._close(socket))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _close(self, socket: web.WebSocketResponse) -> None:
        connection = self._open.get(socket)
        if connection is not None and self._life.farewell is not None:
            connection.send(self._life.farewell)
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_MAX_S):
                    await connection.flush()
        await socket.close(code=WSCloseCode.GOING_AWAY, message=b"going away")
