"""Which WebSockets the venue accepts, and what it allows them."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from aiohttp import web

from poise_simulator.binance.errors import VenueError
from poise_simulator.binance.venue import Venue
from poise_simulator.protocol.open_sockets import OpenSockets, SocketLife


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What one connection may do, how long it may stay silent, and how long it may live."""

    messages_per_s: int
    streams_max: int
    outbox_max: int
    heartbeat_s: float
    lifetime_s: float


def open_sockets(venue: Venue, limits: SocketLimits) -> OpenSockets:
    """Accept WebSockets within the venue's connection limit, and none in maintenance."""

    def admit(request: web.Request) -> None:
        if venue.is_in_maintenance:
            raise web.HTTPServiceUnavailable(text="Service Unavailable")
        try:
            venue.limits.connect(request.remote or "", venue.now_ms)
        except VenueError as error:
            raise web.HTTPTooManyRequests(
                text=orjson.dumps(error.body()).decode(),
                headers={"Retry-After": str(error.retry_after_s or 1)},
                content_type="application/json",
            ) from error

    return OpenSockets(admit, SocketLife(limits.outbox_max, limits.lifetime_s, limits.heartbeat_s))
