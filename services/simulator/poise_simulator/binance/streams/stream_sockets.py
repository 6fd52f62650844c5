"""Market and user data over WebSocket: `/ws`, `/stream`, and the subscriptions made on them."""

from __future__ import annotations

from collections import deque

from aiohttp import WSCloseCode, WSMsgType, web

from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.open_sockets import SocketLimits, open_sockets
from poise_simulator.binance.streams.subscriptions import Subscriptions
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market


class IncomingRate:
    """Count a connection's messages over the last second."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._times_ms: deque[int] = deque()

    def is_exceeded(self, now_ms: int) -> bool:
        """Count one message; true when it is one too many."""
        while self._times_ms and self._times_ms[0] <= now_ms - 1000:
            self._times_ms.popleft()
        self._times_ms.append(now_ms)
        return len(self._times_ms) > self._per_second


class StreamSockets:
    """Serve one market's streams."""

    def __init__(self, market: Market, venue: Venue, hub: Hub, limits: SocketLimits) -> None:
        self._market = market
        self._venue = venue
        self._hub = hub
        self._limits = limits
        self.open = open_sockets(venue, limits)

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """Return the venue's own paths below a prefix."""
        return [
            web.get(f"{prefix}/ws", self._serve_raw),
            web.get(f"{prefix}/ws/{{names:.*}}", self._serve_raw),
            web.get(f"{prefix}/stream", self._serve_combined),
            # ccxt adds a number of its own to the path and reads unwrapped messages there.
            web.get(f"{prefix}/stream/{{names:.*}}", self._serve_raw),
        ]

    async def _serve_raw(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, request.match_info.get("names", ""), is_combined=False)

    async def _serve_combined(self, request: web.Request) -> web.WebSocketResponse:
        return await self._serve(request, request.query.get("streams", ""), is_combined=True)

    async def _serve(self, request: web.Request, path: str, *, is_combined: bool) -> web.WebSocketResponse:
        names = [name for name in (*path.split("/"), request.query.get("listenKey", "")) if name]
        async with self.open.accept(request) as (socket, connection):
            subscriptions = Subscriptions(self._market, self._venue, self._hub, self._limits.streams_max, connection)
            subscriptions.is_combined = is_combined
            try:
                subscriptions.add(names)
                await self._read(socket, subscriptions)
            finally:
                subscriptions.end()
        return socket

    async def _read(self, socket: web.WebSocketResponse, subscriptions: Subscriptions) -> None:
        rate = IncomingRate(self._limits.messages_per_s)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                continue
            if rate.is_exceeded(self._venue.engine_ms):
                await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"Too many requests")
                return
            subscriptions.handle(message.data)
