"""The venue's WebSocket addresses: `/ws/v5/public`, `/ws/v5/private` and `/ws/v5/business`."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

import orjson
from aiohttp import WSMsgType, web

from poise_simulator.okx.errors import OkxError
from poise_simulator.okx.streams.channels import Socket
from poise_simulator.okx.streams.conversation import Conversation, Operation
from poise_simulator.okx.streams.dispatch import Dispatch
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.connection import Connection
from poise_simulator.protocol.open_sockets import OpenSockets, SocketLife

SILENT_CLOSE_CODE = 4004
NOTICE = orjson.dumps(
    {
        "event": "notice",
        "code": "64008",
        "msg": "The connection will soon be closed for a service upgrade. Please reconnect.",
    }
)


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one connection may do, how long it may stay silent, and how long it may live."""

    requests_per_hour: int = 480
    outbox_max: int = 5_000
    silence_max_s: float = 30.0
    lifetime_s: float = 86_400.0


class Sockets:
    """Serve one of the addresses."""

    def __init__(
        self,
        socket: Socket,
        venue: OkxVenue,
        dispatch: Dispatch,
        limits: SocketLimits,
        operations: Mapping[str, Operation],
    ) -> None:
        """Answer `operations` beside subscriptions."""
        self._socket = socket
        self._venue = venue
        self._dispatch = dispatch
        self._limits = limits
        self._operations = operations
        self._ids = count(1)
        self.open = OpenSockets(self._admit, SocketLife(limits.outbox_max, limits.lifetime_s, farewell=NOTICE))

    def route(self) -> web.RouteDef:
        """Return the address's route."""
        return web.get(f"/ws/v5/{self._socket}", self._serve)

    def _admit(self, request: web.Request) -> None:
        if self._venue.is_in_maintenance:
            raise web.HTTPServiceUnavailable(text="Service Unavailable")
        try:
            self._venue.limits.connect(request.remote or "", self._venue.engine_ms)
        except OkxError as error:
            body = orjson.dumps(error.body()).decode()
            raise web.HTTPTooManyRequests(text=body, content_type="application/json") from error

    async def _serve(self, request: web.Request) -> web.WebSocketResponse:
        async with self.open.accept(request) as (socket, connection):
            conversation = Conversation(
                self._socket,
                self._venue,
                self._dispatch,
                connection,
                address=request.remote or "",
                connection_id=f"{zlib.crc32(f'{self._socket} {next(self._ids)}'.encode()):08x}",
                requests_per_hour=self._limits.requests_per_hour,
                operations=self._operations,
            )
            try:
                await self._read(socket, connection, conversation)
            finally:
                conversation.end()
        return socket

    async def _read(self, socket: web.WebSocketResponse, connection: Connection, conversation: Conversation) -> None:
        """Answer until the connection closes, or neither side has sent anything for too long."""
        while not socket.closed:
            sent = connection.sent_count
            try:
                message = await socket.receive(timeout=self._limits.silence_max_s)
            except TimeoutError:
                if connection.sent_count == sent:
                    await socket.close(code=SILENT_CLOSE_CODE, message=b"No data received in 30s")
                continue
            if message.type is WSMsgType.TEXT:
                conversation.handle(message.data)
