"""A simulated venue on real sockets in the test's own loop, and the clients that are pointed at it."""

import hashlib
import hmac
import re
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import ccxt
import ccxt.pro
import pytest

from poise_simulator.app import Simulator
from poise_simulator.clock import RunningClock
from poise_simulator.settings import SimulatorSettings

# Without ccxt's own pacing, which would be most of the tests' time.
_OPTIONS = {"apiKey": "paper", "secret": "paper", "enableRateLimit": False}


class MovableClock:
    """Real time plus whatever a test adds."""

    def __init__(self) -> None:
        self._running = RunningClock(time.time_ns() // 1_000_000)
        self.added_ms = 0

    def __call__(self) -> int:
        return self._running() + self.added_ms

    def reach(self, time_ms: int) -> None:
        """Go forward to a time, not by a span: contracts expire on whole seconds, up to one later than they live."""
        self.added_ms += max(0, time_ms - self())


class RawClient:
    """HTTP as any client would speak it; answers as (status, JSON, headers).

    `last` is the last answer's status and bytes, for those that are no JSON and raise ValueError.
    """

    def __init__(self, session: aiohttp.ClientSession, simulator: Simulator) -> None:
        self._session = session
        self._simulator = simulator
        self.last = (0, b"")

    async def send(
        self, method: str, path: str, query: str = "", *, body: str | None = None, key: str | None = None
    ) -> tuple[int, Any, dict[str, str]]:
        url = f"{self._simulator.base_url}{path}" + (f"?{query}" if query else "")
        headers = {"X-MBX-APIKEY": key} if key is not None else {}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with self._session.request(method, url, data=body, headers=headers) as response:
            self.last = (response.status, await response.read())
            return response.status, await response.json(content_type=None), dict(response.headers)

    async def get(self, path: str, **params: object) -> tuple[int, Any, dict[str, str]]:
        return await self.send("GET", path, urlencode(params))

    async def signed(
        self, method: str, path: str, key: str = "paper", **params: object
    ) -> tuple[int, Any, dict[str, str]]:
        query = sign(key, {"timestamp": self._simulator.venue.now_ms, **params})
        if method in {"POST", "PUT"}:
            return await self.send(method, path, body=query, key=key)
        return await self.send(method, path, query, key=key)


class ControlClient:
    """What tests and checkers tell and ask a simulator, past the venue's protocol."""

    def __init__(self, session: aiohttp.ClientSession, simulator: Simulator) -> None:
        self._session = session
        self._base = f"{simulator.base_url}/sim/v1"

    async def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Send a request below `/sim/v1`; returns status and JSON."""
        async with self._session.request(method, f"{self._base}/{path}", json=body) as response:
            return response.status, await response.json()

    async def set_fault(self, kind: str, **fields: object) -> int:
        """Set a fault; returns its id."""
        status, answer = await self.send("POST", "faults", {"kind": kind, **fields})
        assert status == 200, answer
        return int(answer["fault_id"])

    async def act(self, name: str, **body: object) -> Any:
        """Do an action; returns what it answered."""
        status, answer = await self.send("POST", f"actions/{name}", body)
        assert status == 200, answer
        return answer

    async def strikes(self) -> list[Any]:
        """Read the log of what was struck."""
        _, answer = await self.send("GET", "faults/log")
        return list(answer["strikes"])

    async def ledger(self) -> Any:
        """Read the account's ledger with its rows."""
        _, answer = await self.send("GET", "ledger?account=paper&rows=true")
        return answer["accounts"][0]


class Sockets:
    """Open WebSockets below the simulator's address."""

    def __init__(self, session: aiohttp.ClientSession, simulator: Simulator) -> None:
        self._session = session
        self._base = simulator.base_url.replace("http", "ws", 1)

    async def open(self, path: str) -> aiohttp.ClientWebSocketResponse:
        return await self._session.ws_connect(self._base + path)


def sign(secret: str, params: dict[str, object]) -> str:
    """Return the query string of `params` with its signature."""
    query = urlencode(params)
    signature = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    return f"{query}&signature={signature}"


def point_at(exchange: Any, simulator: Simulator) -> Any:
    """Replace a ccxt client's addresses, and nothing else."""
    rest, sockets = simulator.base_url, simulator.base_url.replace("http", "ws", 1)
    api = exchange.urls["api"]
    for name, url in api.items():
        if isinstance(url, str):
            api[name] = re.sub(r"https://[^/]+", rest, url)
    if "ws" in api:
        api["ws"] |= {"spot": f"{sockets}/spot/stream", "future": f"{sockets}/futures/ws"}
        api["ws"]["ws-api"] |= {
            "spot": f"{sockets}/spot/ws-api/v3",
            "future": f"{sockets}/futures/ws-fapi/v1",
        }
    return exchange


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def settings() -> SimulatorSettings:
    return SimulatorSettings(port=0, seed=7, funding_interval_s=60)


@pytest.fixture
async def simulator(settings: SimulatorSettings, clock: MovableClock) -> AsyncIterator[Simulator]:
    async with Simulator(settings, clock) as running:
        yield running


@pytest.fixture
async def client(simulator: Simulator) -> AsyncIterator[Any]:
    """ccxt.pro for Binance, unmodified but for addresses."""
    exchange = point_at(ccxt.pro.binance(_OPTIONS), simulator)
    yield exchange
    await exchange.close()


@pytest.fixture
def blocking_client(simulator: Simulator) -> Any:
    """ccxt's synchronous client, unmodified but for addresses; call it in a thread."""
    return point_at(ccxt.binance(_OPTIONS), simulator)


@pytest.fixture
async def raw(simulator: Simulator) -> AsyncIterator[RawClient]:
    async with aiohttp.ClientSession() as session:
        yield RawClient(session, simulator)


@pytest.fixture
async def control(simulator: Simulator) -> AsyncIterator[ControlClient]:
    async with aiohttp.ClientSession() as session:
        yield ControlClient(session, simulator)


@pytest.fixture
async def sockets(simulator: Simulator) -> AsyncIterator[Sockets]:
    async with aiohttp.ClientSession() as session:
        yield Sockets(session, simulator)
