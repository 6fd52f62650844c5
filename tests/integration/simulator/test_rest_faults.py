"""What a client sees of every REST fault, and what the venue made of the request."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from poise_simulator.app import Simulator

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "IOC", "quantity": "0.010"}
PATHS = ("/api/v3/order", "/fapi/v1/order")


class Faulty:
    """A client that sets faults and places one order under each."""

    def __init__(self, raw: Any, simulator: Simulator, session: aiohttp.ClientSession) -> None:
        self._raw = raw
        self._simulator = simulator
        self._session = session
        self.orders = 0

    async def post(self, path: str, body: object) -> tuple[int, Any]:
        async with self._session.post(f"{self._simulator.base_url}{path}", json=body) as response:
            return response.status, await response.json()

    async def set(self, kind: str, **fields: object) -> int:
        status, answer = await self.post("/sim/v1/faults", {"kind": kind, **fields})
        assert status == 200, answer
        return int(answer["fault_id"])

    async def place(self, path: str = PATHS[1], **changes: object) -> tuple[str, Any]:
        """Place an order that crosses; returns its client id and the (status, body, headers) answered."""
        self.orders += 1
        client_id = f"order{self.orders}"
        market = self._simulator.venue.exchange
        price = next(book.asks[0][0] for book in [market.book(_market(path), "BTCUSDT", 1)])
        order = ORDER | {"price": str(price + 20), "newClientOrderId": client_id, "newOrderRespType": "RESULT"}
        return client_id, await self._raw.signed("POST", path, **(order | changes))

    async def place_unanswered(self, path: str) -> tuple[str, type[Exception]]:
        """Place an order of which no answer can be read; returns its client id and the client's error."""
        client_id = f"order{self.orders + 1}"
        with pytest.raises((aiohttp.ClientError, TimeoutError)) as caught:
            async with asyncio.timeout(0.4):
                await self.place(path)
        return client_id, caught.type

    async def taken(self, client_id: str) -> int:
        """Count the orders that the venue took under a client id."""
        _, body, _ = await self._raw.get("/sim/v1/ledger", account="paper")
        return int(body["accounts"][0]["orders_by_client_order_id"].get(client_id, 0))

    async def log(self) -> list[Any]:
        _, body, _ = await self._raw.get("/sim/v1/faults/log")
        return list(body["strikes"])


def _market(path: str) -> Any:
    from poise_simulator.domain.instruments import Market

    return Market.SPOT if path.startswith("/api") else Market.FUTURES


@pytest.fixture
async def faulty(raw: Any, simulator: Simulator) -> AsyncIterator[Faulty]:
    async with aiohttp.ClientSession() as session:
        yield Faulty(raw, simulator, session)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("kind", "takes_effect"),
    [("accept_then_drop", 1), ("truncate", 1), ("drop_before", 0), ("hang", 1)],
)
async def test_an_order_without_a_readable_answer_did_or_did_not_take_effect(
    faulty: Faulty, path: str, kind: str, takes_effect: int
) -> None:
    await faulty.set(kind, count=1)
    client_id, _ = await faulty.place_unanswered(path)
    assert await faulty.taken(client_id) == takes_effect
    (strike,) = await faulty.log()
    assert (strike["kind"], strike["client_order_id"]) == (kind, client_id)
    assert strike["took_effect"] is bool(takes_effect)
    _, (status, _, _) = await faulty.place(path)
    assert status == 200
