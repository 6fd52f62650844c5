"""The simulator's control API: faults, things that happen once, and what it would swear to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession

_LOOK_AGAIN_S = 0.02


class Control:
    """Sets faults and reads the venue's own ledger."""

    def __init__(self, client: ClientSession, account: str) -> None:
        self._client = client
        self._account = account

    async def strike_once(self, kind: str, target: str, **parameters: object) -> None:
        """Have the next request or event of a target struck."""
        fault = {"kind": kind, "target": target, "account": self._account, "count": 1, "parameters": parameters}
        await self._ask("POST", "faults", fault)

    async def strike(self, kind: str, target: str, **parameters: object) -> None:
        """Have every request or event of a target struck, until healed."""
        fault = {"kind": kind, "target": target, "account": self._account, "parameters": parameters}
        await self._ask("POST", "faults", fault)

    async def heal(self) -> int:
        """End all faults; return how often they struck."""
        faults = (await self._ask("GET", "faults"))["faults"]
        await self._ask("DELETE", "faults")
        return sum(int(fault["struck"]) for fault in faults)

    async def last_strike_took_effect(self) -> bool:
        """Wait until what was struck last has run its course; say whether it took effect."""
        while True:
            took_effect = (await self._ask("GET", "faults/log"))["strikes"][-1]["took_effect"]
            if took_effect is not None:
                return bool(took_effect)
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def act(self, name: str, **parameters: object) -> Any:
        """Have something happen once."""
        return await self._ask("POST", f"actions/{name}", parameters)

    async def orders_under(self, client_order_id: str) -> int:
        """Return how many orders the venue took under a client id."""
        (account,) = (await self._ask("GET", f"ledger?account={self._account}"))["accounts"]
        return int(account["orders_by_client_order_id"].get(client_order_id, 0))

    async def _ask(self, method: str, path: str, body: object = None) -> Any:
        async with self._client.request(method, f"/sim/v1/{path}", json=body) as answer:
            read = await answer.json()
            assert answer.ok, read
            return read


@asynccontextmanager
async def control_of(http_url: str, account: str = "paper") -> AsyncIterator[Control]:
    """Speak to a simulator about one account, and leave it healed."""
    async with ClientSession(http_url) as client:
        control = Control(client, account)
        try:
            yield control
        finally:
            await control.heal()
