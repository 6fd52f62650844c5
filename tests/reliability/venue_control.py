"""The simulated venue's control API: what goes wrong there, when, and what the venue itself would swear to."""

from collections.abc import Mapping
from typing import Any

import aiohttp


class VenueControl:
    """Ask a simulator for faults and deeds, and for its ledger."""

    def __init__(self, url: str, client: aiohttp.ClientSession) -> None:
        self._url = url
        self._client = client

    async def fault(self, kind: str, **terms: Any) -> int:
        """Have a fault strike from now on; returns its id."""
        answer = await self._ask("POST", "/sim/v1/faults", {"kind": kind, **terms})
        return int(answer["fault_id"])

    async def struck(self) -> list[dict[str, Any]]:
        """Return what faults have struck so far, oldest first."""
        answer = await self._ask("GET", "/sim/v1/faults/log")
        return list(answer["strikes"])

    async def heal(self) -> None:
        """Lift all faults."""
        await self._ask("DELETE", "/sim/v1/faults")

    async def deed(self, name: str, **terms: Any) -> Mapping[str, Any]:
        """Have something happen once: a foreign trade, a liquidation, …"""
        return await self._ask("POST", f"/sim/v1/actions/{name}", terms)

    async def ledger(self, account: str) -> Mapping[str, Any]:
        """Return an account's orders and fills as the venue has them."""
        answer = await self._ask("GET", f"/sim/v1/ledger?account={account}&rows=true")
        (ledger,) = answer["accounts"]
        return dict(ledger)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        async with self._client.request(method, f"{self._url}{path}", json=body) as answer:
            if answer.status >= 300:
                raise RuntimeError(f"{method} {path} {body or ''}: {answer.status} {await answer.text()}")
            return dict(await answer.json())
