"""One venue as OKX's protocol shows it: REST and the three WebSocket addresses."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from poise_simulator.faults.plan import FaultPlan
from poise_simulator.okx.rest import rest_routes
from poise_simulator.okx.streams.account_feed import AccountFeed
from poise_simulator.okx.streams.channels import CHANNELS, Socket, Topic, occasion_of
from poise_simulator.okx.streams.dispatch import Dispatch
from poise_simulator.okx.streams.feeds import market_feeds
from poise_simulator.okx.streams.order_feed import OrderFeed
from poise_simulator.okx.streams.order_operations import OPERATIONS
from poise_simulator.okx.streams.private_outlet import PrivateOutlet
from poise_simulator.okx.streams.sockets import SocketLimits, Sockets
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.face import SocketKind
from poise_simulator.protocol.fan_out import FanOut
from poise_simulator.protocol.struck_messages import StruckMessages


class OkxFace:
    """Serve a venue with everything that the protocol has."""

    def __init__(self, venue: OkxVenue, faults: FaultPlan, limits: SocketLimits | None = None) -> None:
        """Put the parts together; nothing listens yet."""
        self.served = venue
        self.faults = faults
        self._fan_out: FanOut[Topic] = FanOut()
        outlet = StruckMessages(venue, self._fan_out, faults, partial(occasion_of, venue))
        self._private = private = PrivateOutlet(venue, self._fan_out, faults)
        feeds = [*market_feeds(venue, outlet.publish), OrderFeed(venue, private), AccountFeed(venue, private)]
        self._dispatch = Dispatch(venue, self._fan_out, feeds)
        self._sockets = [
            Sockets(socket, venue, self._dispatch, limits or SocketLimits(), OPERATIONS[socket]) for socket in Socket
        ]

    @property
    def connections(self) -> int:
        """How many WebSockets are open."""
        return sum(sockets.open.count for sockets in self._sockets)

    @property
    def slow_readers_cut_off(self) -> int:
        """How many connections were dropped because their client didn't read."""
        return sum(sockets.open.slow_readers_cut_off for sockets in self._sockets)

    def routes(self) -> list[web.RouteDef]:
        """Return every path that the venue has."""
        return [*rest_routes(self.served, self.faults), *(sockets.route() for sockets in self._sockets)]

    def tick(self) -> None:
        """Send what the streams' timers bring."""
        self._dispatch.tick(self.served.engine_ms)
        self._private.tick(self.served.engine_ms)

    async def close_sockets(self) -> None:
        """Close every WebSocket after a notice."""
        for sockets in self._sockets:
            await sockets.open.close()

    def drop_sockets(self, which: SocketKind = SocketKind.ALL) -> None:
        """Drop WebSockets without a word."""
        if which is SocketKind.ALL:
            for sockets in self._sockets:
                sockets.open.drop()
            return
        for topic in self._fan_out.topics:
            if CHANNELS[topic.channel].is_private is (which is SocketKind.USER):
                self._fan_out.hang_up(topic)

    def ban(self, address: str, seconds: int) -> None:
        """Refuse an address for a while."""
        self.served.limits.ban(address, seconds, self.served.now_ms)

    def expire_listen_keys(self) -> int:
        """Return 0: the protocol has no listen keys."""
        return 0
