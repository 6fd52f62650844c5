"""A venue that speaks OKX's protocol on real sockets in the test's own loop, and clients pointed at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import aiohttp
import ccxt.pro
import orjson
import pytest

from poise_simulator.clock import RunningClock
from poise_simulator.control.hosted import Hosted
from poise_simulator.domain.assets import CATALOGUE
from poise_simulator.domain.config import AccountConfig, ExchangeConfig
from poise_simulator.domain.dated.terms import DatedTerms
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.world import World
from poise_simulator.faults.plan import FaultPlan
from poise_simulator.okx.face import OkxFace
from poise_simulator.okx.rate_limits import RateLimits
from poise_simulator.okx.streams.sockets import SocketLimits
from poise_simulator.okx.venue import OkxVenue
from poise_simulator.protocol.keys import ApiKey, KeyRing
from poise_simulator.venue_site import VenueSite

NAME = "paper_okx"
KEY, READ_KEY = "paper", "paper-read"
"""Each is its own secret and passphrase too."""
START_MS = 1_790_000_000_000
TRADED = ("BTC", "ETH", "SOL", "XRP", "DOGE")


class MovableClock:
    """Time that runs from a fixed start, plus whatever a test adds."""

    def __init__(self) -> None:
        self._running = RunningClock(START_MS)
        self.added_ms = 0

    def __call__(self) -> int:
        return self._running() + self.added_ms


class OkxSimulator:
    """One running venue; `async with` starts and stops it."""

    def __init__(
        self, clock: MovableClock, limits: SocketLimits | None = None, dated: DatedTerms | None = None
    ) -> None:
        config = ExchangeConfig(
            accounts=(AccountConfig("paper", {"USDT": Decimal(100_000)}, Decimal(0), is_unified=True),),
            assets=tuple(asset for asset in CATALOGUE if asset.base in TRADED),
            dated=dated or DatedTerms(),
            funding_interval_s=60,
            records_crossing_post_only=True,
        )
        keys = [
            ApiKey(KEY, KEY, "paper", passphrase=KEY),
            ApiKey(READ_KEY, READ_KEY, "paper", may_trade=False, passphrase=READ_KEY),
        ]
        self.venue = OkxVenue(
            Exchange(config, seed=7, start_ms=START_MS),
            clock_ms=clock,
            keys=KeyRing(keys),
            limits=RateLimits(connections_per_s=1_000),
        )
        self.faults = FaultPlan(7)
        self.face = OkxFace(self.venue, self.faults, limits)
        world = World({NAME: self.venue.exchange})
        self.site = VenueSite(Hosted(NAME, world, {NAME: self.face}), "127.0.0.1", 0, {})

    @property
    def base_url(self) -> str:
        return self.site.base_url

    @property
    def sockets_url(self) -> str:
        return self.site.base_url.replace("http", "ws", 1) + "/ws/v5"

    async def __aenter__(self) -> "OkxSimulator":
        await self.site.start()
        self._pump = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._pump.cancel()
        with suppress(asyncio.CancelledError):
            await self._pump
        await self.site.stop()

    async def _run(self) -> None:
        while True:
            self.site.tick()
            await asyncio.sleep(0.01)


class RawSocket:
    """A WebSocket as any client would speak it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def ask(self, op: str, *args: dict[str, str], **more: object) -> None:
        """Send a request."""
        await self.socket.send_str(orjson.dumps({"op": op, "args": list(args), **more}).decode())

    async def read(self) -> Any:
        """Return the next message's JSON."""
        return orjson.loads((await self.socket.receive_str(timeout=10)).encode())

    async def read_data(self) -> Any:
        """Return the next message that isn't an event."""
        while True:
            message = await self.read()
            if "event" not in message:
                return message


class RawVenue:
    """HTTP and WebSockets without a client library. `get` answers (status, JSON)."""

    def __init__(self, session: aiohttp.ClientSession, simulator: OkxSimulator) -> None:
        self._session = session
        self._simulator = simulator

    async def get(self, path: str, **params: object) -> tuple[int, Any]:
        """Ask below `/api/v5/`."""
        url = f"{self._simulator.base_url}/api/v5/{path}?{urlencode(params)}"
        async with self._session.get(url) as response:
            return response.status, await response.json()

    async def open(self, name: str) -> RawSocket:
        """Open one of the addresses below `/ws/v5/`."""
        return RawSocket(await self._session.ws_connect(f"{self._simulator.sockets_url}/{name}"))

    async def subscribe(self, name: str, *args: dict[str, str]) -> RawSocket:
        """Open one of the addresses, and subscribe there."""
        opened = await self.open(name)
        await opened.ask("subscribe", *args)
        return opened


def point_at(exchange: Any, simulator: OkxSimulator) -> Any:
    """Replace a ccxt client's addresses, and nothing else."""
    exchange.urls["api"]["rest"] = simulator.base_url
    exchange.urls["api"]["ws"] = simulator.sockets_url
    return exchange


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
async def simulator(clock: MovableClock) -> AsyncIterator[OkxSimulator]:
    async with OkxSimulator(clock) as running:
        yield running


@pytest.fixture
async def client(simulator: OkxSimulator) -> AsyncIterator[Any]:
    """ccxt.pro for OKX without keys, unmodified but for addresses, with its markets loaded."""
    exchange = point_at(ccxt.pro.okx({"enableRateLimit": False}), simulator)
    await exchange.load_markets()
    yield exchange
    await exchange.close()


@pytest.fixture
async def raw(simulator: OkxSimulator) -> AsyncIterator[RawVenue]:
    async with aiohttp.ClientSession() as session:
        yield RawVenue(session, simulator)
