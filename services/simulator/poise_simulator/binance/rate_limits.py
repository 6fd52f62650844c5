"""Request weights and order counts per client address, with the venue's 429 and 418 answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus

from poise_simulator.binance.errors import VenueError
from poise_simulator.protocol.windows import Window, WindowCounter

MINUTE_MS = 60_000
DAY_MS = 86_400_000


class Pool(StrEnum):
    """A budget that a group of paths shares."""

    SPOT = "spot"
    WALLET = "wallet"
    FUTURES = "futures"


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """The limits of one pool."""

    weight_per_minute: int
    raw_requests_per_5_minutes: int | None
    orders: tuple[Window, ...]


@dataclass(frozen=True, slots=True)
class BanPolicy:
    """When an address that ignores 429 is banned, and for how long."""

    refusals_before_ban: int
    first_ban_s: int
    longest_ban_s: int


@dataclass(slots=True)
class _Client:
    weights: dict[Pool, WindowCounter] = field(default_factory=dict)
    raw_requests: dict[Pool, WindowCounter] = field(default_factory=dict)
    connections: WindowCounter | None = None
    refusals: int = 0
    bans: int = 0
    banned_until_ms: int = 0
    refused_in_minute: int = -1


class RateLimits:
    """Count what every client address and account uses; raises the venue's refusals beyond its limits."""

    def __init__(self, pools: dict[Pool, PoolLimits], bans: BanPolicy, connections: Window) -> None:
        self._pools = pools
        self._bans = bans
        self._connections = connections
        self._clients: dict[str, _Client] = {}
        self._orders: dict[tuple[Pool, str], list[WindowCounter]] = {}

    def charge(self, address: str, pool: Pool, weight: int, now_ms: int) -> int:
        """Charge a request; returns the weight used in this minute, raises 429 or 418 with the seconds to wait."""
        client = self._clients.setdefault(address, _Client())
        self._raise_if_banned(client, now_ms)
        limits = self._pools[pool]
        if limits.raw_requests_per_5_minutes is not None:
            raw = client.raw_requests.get(pool)
            if raw is None:
                window = Window("RAW_REQUESTS", 5 * MINUTE_MS, limits.raw_requests_per_5_minutes)
                raw = client.raw_requests[pool] = WindowCounter(window)
            if raw.add(1, now_ms) > raw.window.allowed:
                self._refuse(client, raw, now_ms, "Too many requests")
        counter = client.weights.get(pool)
        if counter is None:
            window = Window("REQUEST_WEIGHT", MINUTE_MS, limits.weight_per_minute)
            counter = client.weights[pool] = WindowCounter(window)
        used = counter.add(weight, now_ms)
        if used > counter.window.allowed:
            self._refuse(client, counter, now_ms, "Too much request weight used")
        return used

    def connect(self, address: str, now_ms: int) -> None:
        """Count a WebSocket connection attempt; raises 429 beyond the limit."""
        client = self._clients.setdefault(address, _Client())
        self._raise_if_banned(client, now_ms)
        if client.connections is None:
            client.connections = WindowCounter(self._connections)
        if client.connections.add(1, now_ms) > self._connections.allowed:
            self._refuse(client, client.connections, now_ms, "Too many connections")

    def ban(self, address: str, length_s: int, now_ms: int) -> None:
        """Ban an address, whatever it has used."""
        client = self._clients.setdefault(address, _Client())
        client.banned_until_ms = now_ms + length_s * 1000

    def count_order(self, account_id: str, pool: Pool, now_ms: int) -> dict[str, int]:
        """Count a new order of an account; returns what is used by window name, raises -1015 beyond a limit."""
        counters = self._order_counters(account_id, pool)
        for counter in counters:
            used = counter.add(0, now_ms)
            if used >= counter.window.allowed:
                raise VenueError(
                    -1015,
                    f"Too many new orders; current limit is {counter.window.allowed} orders per "
                    f"{_spoken(counter.window.length_ms)}.",
                    HTTPStatus.TOO_MANY_REQUESTS,
                    counter.ends_in_s(now_ms),
                )
        return {counter.window.name: counter.add(1, now_ms) for counter in counters}

    def order_usage(self, account_id: str, pool: Pool, now_ms: int) -> list[tuple[Window, int]]:
        """Return each order window of an account with what is used of it."""
        counters = self._order_counters(account_id, pool)
        return [(counter.window, counter.add(0, now_ms)) for counter in counters]

    def weight_used(self, address: str, pool: Pool, now_ms: int) -> int:
        """Return the weight an address has used in this minute."""
        client = self._clients.get(address)
        counter = client.weights.get(pool) if client is not None else None
        return counter.add(0, now_ms) if counter is not None else 0

    def limits(self, pool: Pool) -> PoolLimits:
        """Return the limits of a pool."""
        return self._pools[pool]

    def _order_counters(self, account_id: str, pool: Pool) -> list[WindowCounter]:
        counters = self._orders.get((pool, account_id))
        if counters is None:
            counters = [WindowCounter(window) for window in self._pools[pool].orders]
            self._orders[(pool, account_id)] = counters
        return counters

    def _raise_if_banned(self, client: _Client, now_ms: int) -> None:
        if now_ms < client.banned_until_ms:
            raise _banned(client.banned_until_ms, now_ms)

    def _refuse(self, client: _Client, counter: WindowCounter, now_ms: int, what: str) -> None:
        minute = now_ms // MINUTE_MS
        if client.refused_in_minute != minute:
            client.refused_in_minute = minute
            client.refusals = 0
        client.refusals += 1
        if client.refusals > self._bans.refusals_before_ban:
            length_s = min(self._bans.first_ban_s * 2**client.bans, self._bans.longest_ban_s)
            client.bans += 1
            client.refusals = 0
            client.banned_until_ms = now_ms + length_s * 1000
            raise _banned(client.banned_until_ms, now_ms)
        raise VenueError(
            -1003,
            f"{what}; current limit is {counter.window.allowed} request weight per "
            f"{_spoken(counter.window.length_ms)}. Please use WebSocket Streams for live updates to avoid "
            "polling the API.",
            HTTPStatus.TOO_MANY_REQUESTS,
            counter.ends_in_s(now_ms),
        )


def _banned(until_ms: int, now_ms: int) -> VenueError:
    return VenueError(
        -1003,
        f"Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams for live "
        "updates to avoid bans.",
        HTTPStatus.IM_A_TEAPOT,
        max(1, -(-(until_ms - now_ms) // 1000)),
    )


def _spoken(length_ms: int) -> str:
    if length_ms % DAY_MS == 0:
        return f"{length_ms // DAY_MS} DAY"
    if length_ms % MINUTE_MS == 0:
        return f"{length_ms // MINUTE_MS} MINUTE"
    return f"{length_ms // 1000} SECOND"
