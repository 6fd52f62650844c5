"""One client's socket: a bounded outbox that its own task empties, so a slow reader holds up nobody."""

from __future__ import annotations

import asyncio
from collections import deque

from aiohttp import WSMsgType, web


class Connection:
    """Send to one WebSocket without waiting; a client that lets its outbox overflow is cut off."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport, outbox_max: int) -> None:
        self._socket = socket
        self._transport = transport
        self._outbox: deque[bytes] = deque()
        self._outbox_max = outbox_max
        self._filled = asyncio.Event()
        self._flushed = asyncio.Event()
        self._flushed.set()
        self.is_cut_off = False
        self.sent_count = 0
        self._is_dropped = False

    def send(self, payload: bytes) -> None:
        """Queue a text frame."""
        if self._is_dropped:
            return
        if len(self._outbox) >= self._outbox_max:
            self.cut_off()
            return
        self._outbox.append(payload)
        self.sent_count += 1
        self._flushed.clear()
        self._filled.set()

    def cut_off(self) -> None:
        """Drop the connection for reading too slowly."""
        self.is_cut_off = True
        self.drop()

    def drop(self) -> None:
        """Drop the connection at once, with what is queued."""
        self._is_dropped = True
        self._outbox.clear()
        self._flushed.set()
        self._transport.abort()

    async def flush(self) -> None:
        """Wait until all that is queued is written, or the connection is gone."""
        await self._flushed.wait()

    async def write_until_closed(self) -> None:
        """Write what is queued, in order, until the socket closes."""
        try:
            while not self._socket.closed:
                await self._filled.wait()
                self._filled.clear()
                while self._outbox:
                    await self._socket.send_frame(self._outbox.popleft(), WSMsgType.TEXT)
                self._flushed.set()
        except ConnectionError:
            return
        finally:
            self._flushed.set()
