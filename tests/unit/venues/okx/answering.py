"""OKX's markets with answers to requests that a test gives."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.unit.venues.okx.markets import okx

NOW_MS = 1_790_000_000_000


class Answering:
    """Answers each endpoint, by ccxt's name of it, with rows; keeps what was asked."""

    def __init__(self, **rows: list[Any]) -> None:
        self._rows = rows
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def nonce(self) -> int:
        return NOW_MS

    def __getattr__(self, name: str) -> Any:
        if name not in self._rows:
            return getattr(okx(), name)
        return self._answer(name)

    def _answer(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def answer(request: dict[str, Any] | None = None) -> Any:
            self.asked.append((name, request or {}))
            rows = self._rows[name]
            after = (request or {}).get("after")
            if after is not None:
                rows = []
            return {"code": "0", "msg": "", "data": rows}

        return answer
