"""How often each endpoint may be asked, by whom; and how often an address may connect."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from poise_simulator.okx.errors import too_many_requests
from poise_simulator.protocol.windows import Window, WindowCounter

SECOND_MS = 1_000


class Scope(StrEnum):
    """Whose requests are counted together."""

    ADDRESS = "IP"
    USER = "User ID"
    USER_AND_INSTRUMENT = "User ID + Instrument ID"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests each period, counted within a scope."""

    requests: int
    scope: Scope = Scope.ADDRESS
    period_s: int = 2


class RateLimits:
    """Count requests by endpoint and asker; raises 50011 beyond a limit."""

    def __init__(self, connections_per_s: int = 3, *, times: int = 1) -> None:
        """Let each address open so many WebSockets a second; every limit is so many times what the venue says."""
        self._counters: dict[tuple[str, str], WindowCounter] = {}
        self._times = times
        self._connections = Window("connections", SECOND_MS, connections_per_s * times)
        self._banned_until_ms: dict[str, int] = {}

    def charge(self, what: str, limit: RateLimit, who: str, now_ms: int, amount: int = 1) -> None:
        """Count `amount` requests of one asker to `what`. Raises 50011 beyond the limit."""
        counter = self._counters.get((what, who))
        if counter is None:
            window = Window(what, limit.period_s * SECOND_MS, limit.requests * self._times)
            counter = self._counters[(what, who)] = WindowCounter(window)
        if counter.add(amount, now_ms) > counter.window.allowed:
            raise too_many_requests()

    def ban(self, address: str, length_s: int, now_ms: int) -> None:
        """Refuse an address for a while, whatever it has used."""
        self._banned_until_ms[address] = now_ms + length_s * SECOND_MS

    def check_ban(self, address: str, now_ms: int) -> None:
        """Raise 50011 for an address that is banned."""
        if now_ms < self._banned_until_ms.get(address, 0):
            raise too_many_requests()

    def connect(self, address: str, now_ms: int) -> None:
        """Count a WebSocket connection. Raises 50011 beyond the limit, and for an address that is banned."""
        self.check_ban(address, now_ms)
        counter = self._counters.setdefault(("connect", address), WindowCounter(self._connections))
        if counter.add(1, now_ms) > self._connections.allowed:
            raise too_many_requests()
