"""One venue as Binance's protocol shows it: REST, streams and request sockets of both markets."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from poise_simulator.binance.rest import rest_routes
from poise_simulator.binance.streams.hub import Hub
from poise_simulator.binance.streams.market_streams import MarketStreams
from poise_simulator.binance.streams.names import occasion_of
from poise_simulator.binance.streams.open_sockets import SocketLimits
from poise_simulator.binance.streams.request_sockets import RequestSockets
from poise_simulator.binance.streams.stream_sockets import StreamSockets
from poise_simulator.binance.streams.struck_user_events import UserEventOutlet
from poise_simulator.binance.streams.user_data import UserDataStreams
from poise_simulator.binance.venue import Venue
from poise_simulator.domain.instruments import Market
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.protocol.face import SocketKind
from poise_simulator.protocol.struck_messages import StruckMessages

_FUTURES_PREFIXES = ("/futures", "/futures/public", "/futures/market", "/futures/private")


@dataclass(frozen=True, slots=True)
class BinanceSocketLimits:
    """What one WebSocket may do, by market."""

    spot: SocketLimits
    futures: SocketLimits


class BinanceFace:
    """Serve a venue with everything that the protocol has."""

    def __init__(self, venue: Venue, faults: FaultPlan, limits: BinanceSocketLimits) -> None:
        """Put the parts together; nothing listens yet."""
        self.served = venue
        self.faults = faults
        self._hub = hub = Hub()
        self._market_streams = MarketStreams(
            venue, hub, StruckMessages(venue, hub.markets, faults, occasion_of).publish
        )
        self._user_events = UserEventOutlet(venue, hub, faults)
        self._user_data = UserDataStreams(venue, hub, self._user_events)
        venue.listen(self._market_streams.listen)
        venue.listen(self._user_data.listen)
        self._spot_streams = StreamSockets(Market.SPOT, venue, hub, limits.spot)
        self._futures_streams = StreamSockets(Market.FUTURES, venue, hub, limits.futures)
        self._spot_requests = RequestSockets(Market.SPOT, venue, hub, limits.spot)
        self._futures_requests = RequestSockets(Market.FUTURES, venue, hub, limits.futures)
        self._sockets = [
            self._spot_streams.open,
            self._futures_streams.open,
            self._spot_requests.open,
            self._futures_requests.open,
        ]

    @property
    def connections(self) -> int:
        """How many WebSockets are open."""
        return sum(sockets.count for sockets in self._sockets)

    @property
    def slow_readers_cut_off(self) -> int:
        """How many connections were dropped because their client didn't read."""
        return sum(sockets.slow_readers_cut_off for sockets in self._sockets)

    def routes(self) -> list[web.RouteDef]:
        """Return every path that the venue has."""
        return [
            *rest_routes(self.served, self.faults),
            *self._spot_streams.routes("/spot"),
            *(route for prefix in _FUTURES_PREFIXES for route in self._futures_streams.routes(prefix)),
            web.get("/spot/ws-api/v3", self._spot_requests.serve),
            web.get("/futures/ws-fapi/v1", self._futures_requests.serve),
        ]

    def tick(self) -> None:
        """Send what the streams' timers bring."""
        venue = self.served
        self._market_streams.tick(venue.engine_ms)
        self._user_events.tick(venue.engine_ms)
        self._user_data.expire_listen_keys(venue.now_ms)

    async def close_sockets(self) -> None:
        """Close every WebSocket with a word."""
        for sockets in self._sockets:
            await sockets.close()

    def drop_sockets(self, which: SocketKind = SocketKind.ALL) -> None:
        """Drop WebSockets without a word."""
        match which:
            case SocketKind.USER:
                self._hub.hang_up_users()
            case SocketKind.MARKET:
                self._hub.hang_up_markets()
            case SocketKind.ALL:
                for sockets in self._sockets:
                    sockets.drop()

    def ban(self, address: str, seconds: int) -> None:
        """Refuse an address for a while."""
        self.served.limits.ban(address, seconds, self.served.now_ms)

    def expire_listen_keys(self) -> int:
        """Let all listen keys run out, and tell their streams; returns how many there were."""
        return self.served.listen_keys.expire_all(self.served.now_ms)
