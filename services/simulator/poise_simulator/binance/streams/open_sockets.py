"""Accepting and closing WebSockets, with a writer task for each."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import orjson
from aiohttp import WSCloseCode, web

from poise_simulator.binance.errors import VenueError
from poise_simulator.binance.streams.connection import Connection
from poise_simulator.binance.venue import Venue

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one connection may do, how long it may stay silent, and how long it may live."""

    messages_per_s: int
    streams_max: int
    outbox_max: int
    heartbeat_s: float
    lifetime_s: float


class OpenSockets:
    """Keep the open connections of one path, to close them when the server ends."""

    def __init__(self, venue: Venue, limits: SocketLimits) -> None:
        self._venue = venue
        self._limits = limits
        self._open: set[web.WebSocketResponse] = set()
        self._connections: set[Connection] = set()
        self._closing: set[asyncio.Future[None]] = set()
        self.slow_readers_cut_off = 0

    @property
    def count(self) -> int:
        """Return how many connections are open."""
        return len(self._open)

    @asynccontextmanager
    async def accept(self, request: web.Request) -> AsyncIterator[tuple[web.WebSocketResponse, Connection]]:
        """Accept a WebSocket within the venue's connection limit, and write to it until the block ends."""
        if self._venue.is_in_maintenance:
            raise web.HTTPServiceUnavailable(text="Service Unavailable")
        try:
            self._venue.limits.connect(request.remote or "", self._venue.now_ms)
        except VenueError as error:
            raise web.HTTPTooManyRequests(
                text=orjson.dumps(error.body()).decode(),
                headers={"Retry-After": str(error.retry_after_s or 1)},
                content_type="application/json",
            ) from error
        # Compression would cost more than the loopback and local networks this runs on.
        socket = web.WebSocketResponse(heartbeat=self._limits.heartbeat_s, compress=False)
        await socket.prepare(request)
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the client left during the handshake")
        connection = Connection(socket, transport, self._limits.outbox_max)
        writer = asyncio.create_task(connection.write_until_closed())
        ending = asyncio.get_running_loop().call_later(self._limits.lifetime_s, self._end, socket)
        self._open.add(socket)
        self._connections.add(connection)
        try:
            yield socket, connection
        finally:
            ending.cancel()
            self._open.discard(socket)
            self._connections.discard(connection)
            if connection.is_cut_off:
                self.slow_readers_cut_off += 1
                _log.warning("cut off %s, which read too slowly", request.remote)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    def drop(self) -> None:
        """Drop every connection without a word."""
        for connection in self._connections:
            connection.drop()

    async def close(self) -> None:
        """Close every connection with 'going away'."""
        await asyncio.gather(*(_close(socket) for socket in set(self._open)))

    def _end(self, socket: web.WebSocketResponse) -> None:
        closing = asyncio.ensure_future(_close(socket))
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


async def _close(socket: web.WebSocketResponse) -> None:
    await socket.close(code=WSCloseCode.GOING_AWAY, message=b"going away")
