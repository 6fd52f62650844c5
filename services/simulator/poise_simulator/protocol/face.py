"""What every protocol is to those who run it and act on it: one venue's routes, streams and sockets."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from aiohttp import web

from poise_simulator.faults.plan import FaultPlan
from poise_simulator.protocol.served import ServedExchange


class SocketKind(StrEnum):
    """Which of a venue's sockets are meant."""

    ALL = "all"
    USER = "user"
    MARKET = "market"


class Face(Protocol):
    """One venue as its protocol shows it on a port of its own."""

    @property
    def served(self) -> ServedExchange:
        """The exchange that is shown."""
        ...

    @property
    def faults(self) -> FaultPlan:
        """What strikes its requests and streams."""
        ...

    @property
    def connections(self) -> int:
        """How many WebSockets are open."""
        ...

    @property
    def slow_readers_cut_off(self) -> int:
        """How many connections were dropped because their client didn't read."""
        ...

    def routes(self) -> list[web.RouteDef]:
        """Return every path that the venue has."""
        ...

    def tick(self) -> None:
        """Send what the streams' timers bring; called after each step of the exchange."""
        ...

    async def close_sockets(self) -> None:
        """Close every WebSocket with a word; clients may come back."""
        ...

    def drop_sockets(self, which: SocketKind = SocketKind.ALL) -> None:
        """Drop WebSockets without a word; clients may come back."""
        ...

    def ban(self, address: str, seconds: int) -> None:
        """Refuse an address for a while."""
        ...

    def expire_listen_keys(self) -> int:
        """Let all listen keys run out, and tell their streams; returns how many there were, 0 where there are none."""
        ...
