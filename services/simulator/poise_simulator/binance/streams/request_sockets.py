"""The venue's request API over WebSocket."""

from __future__ import annotations

from aiohttp import WSMsgType, web

from poise_simulator.binance.streams.conversation import Conversation
from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.open_sockets import SocketLimits, open_sockets
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market


class RequestSockets:
    """Serve one market's request API."""

    def __init__(self, market: Market, venue: Venue, hub: Hub, limits: SocketLimits) -> None:
        self._market = market
        self._venue = venue
        self._hub = hub
        self.open = open_sockets(venue, limits)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Answer requests on one connection until it closes."""
        async with self.open.accept(request) as (socket, connection):
            conversation = Conversation(self._market, self._venue, self._hub, request.remote or "", connection)
            try:
                async for message in socket:
                    if message.type is WSMsgType.TEXT:
                        conversation.handle(message.data)
            finally:
                conversation.end()
        return socket
