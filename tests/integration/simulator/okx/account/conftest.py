"""Clients of the venue that are logged in: ccxt.pro, unmodified, and signed requests written by hand."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import aiohttp
import ccxt.pro
import orjson
import pytest
from tests.integration.simulator.okx.conftest import OkxSimulator, RawSocket, RawVenue, point_at

SPOT, SWAP = "BTC-USDT", "BTC-USDT-SWAP"


def signature(secret: str, payload: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()).decode()


class SignedVenue:
    """Signed requests without a client library; answers are (status, JSON). The secret is the key's own name."""

    def __init__(self, session: aiohttp.ClientSession, simulator: OkxSimulator) -> None:
        self._session = session
        self._simulator = simulator

    async def get(self, path: str, **params: object) -> tuple[int, Any]:
        return await self.send("GET", path + (f"?{urlencode(params)}" if params else ""))

    async def post(self, path: str, body: object, **headers: str) -> tuple[int, Any]:
        return await self.send("POST", path, orjson.dumps(body).decode(), headers)

    async def send(
        self, method: str, path: str, body: str = "", headers: dict[str, str] | None = None, *, key: str = "paper"
    ) -> tuple[int, Any]:
        path = f"/api/v5/{path}"
        sent_at = self.timestamp()
        signed = {
            "OK-ACCESS-KEY": key,
            "OK-ACCESS-PASSPHRASE": key,
            "OK-ACCESS-TIMESTAMP": sent_at,
            "OK-ACCESS-SIGN": signature(key, f"{sent_at}{method}{path}{body}"),
            "Content-Type": "application/json",
        }
        every = {name: value for name, value in {**signed, **(headers or {})}.items() if value}
        url = f"{self._simulator.base_url}{path}"
        async with self._session.request(method, url, data=body or None, headers=every) as response:
            return response.status, await response.json(content_type=None)

    async def control(self, path: str, body: object = None) -> Any:
        """Speak to `/sim/v1`: post a body, or get without one."""
        url = f"{self._simulator.base_url}/sim/v1/{path}"
        async with self._session.request("GET" if body is None else "POST", url, json=body) as response:
            return await response.json()

    def timestamp(self, ahead_ms: int = 0) -> str:
        """The venue's time as requests carry it."""
        now_ms = self._simulator.venue.now_ms + ahead_ms
        return datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def login_arg(self, key: str = "paper", **changed: str) -> dict[str, str]:
        """The argument of a login now."""
        seconds = str(self._simulator.venue.now_ms // 1000)
        proof = signature(key, f"{seconds}GET/users/self/verify")
        return {"apiKey": key, "passphrase": key, "timestamp": seconds, "sign": proof} | changed


async def touch(signed: SignedVenue, inst_id: str) -> tuple[str, str]:
    """The best bid and ask as they are written."""
    _, body = await signed.get("market/books", instId=inst_id, sz=1)
    [book] = body["data"]
    return book["bids"][0][0], book["asks"][0][0]


async def order(signed: SignedVenue, inst_id: str = SWAP, **changed: str) -> dict[str, str]:
    """An order that buys at once, or what is made of it."""
    _, ask = await touch(signed, inst_id)
    mode = "cross" if inst_id.endswith("SWAP") else "cash"
    size = "2" if mode == "cross" else "0.01"
    return {"instId": inst_id, "tdMode": mode, "side": "buy", "ordType": "ioc", "sz": size, "px": ask} | changed


@pytest.fixture
async def signed(simulator: OkxSimulator) -> AsyncIterator[SignedVenue]:
    async with aiohttp.ClientSession() as session:
        yield SignedVenue(session, simulator)


@pytest.fixture
async def private(raw: RawVenue, signed: SignedVenue) -> AsyncIterator[RawSocket]:
    """A private WebSocket that is logged in."""
    socket = await raw.open("private")
    await socket.ask("login", signed.login_arg())
    assert (await socket.read())["code"] == "0"
    yield socket
    await socket.socket.close()


@pytest.fixture
async def trader(simulator: OkxSimulator) -> AsyncIterator[Any]:
    """ccxt.pro for OKX with keys, unmodified but for addresses and its clock, which is the venue's."""
    options = {"apiKey": "paper", "secret": "paper", "password": "paper", "enableRateLimit": False}
    exchange = point_at(ccxt.pro.okx(options), simulator)
    exchange.milliseconds = lambda: simulator.venue.now_ms
    exchange.seconds = lambda: simulator.venue.now_ms // 1000
    await exchange.load_markets()
    yield exchange
    await exchange.close()
