"""What a service hands to the shell: its core, its repository, its effects and its sources."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from poise_common.contracts.core import Core
from poise_common.contracts.message import Message
from poise_common.contracts.streams import Service

if TYPE_CHECKING:  # a service without a book never loads a database's libraries
    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

Push = Callable[[Message], Awaitable[None]]
"""Hand a message to the core as if it had come off the bus; returns when its outputs are durable."""


class Repository(Protocol):
    """Reads a core's state from the service's own schema, and writes its records there."""

    async def load(self, connection: "AsyncConnection") -> Any:
        """Return what the core is built from."""
        ...

    async def save(self, connection: "AsyncConnection", records: Sequence[object]) -> None:
        """Write records in the transaction of the message that made them; the same key is written over."""
        ...


class EffectRunner(Protocol):
    """Does what a core asks of the outside world; never raises for an outcome, only for a defect."""

    async def run(self, effect: object, push: Push) -> None:
        """Run one effect and push what came of it. Effects of one commit run concurrently."""
        ...


class Source(Protocol):
    """Something outside the bus that brings messages: a venue's sockets, an account poller."""

    async def run(self, push: Push) -> None:
        """Push messages until cancelled; heal by itself from what the outside does."""
        ...


@dataclass(frozen=True, kw_only=True)
class ServiceSpec:
    """Everything the shell needs to run one service."""

    service: Service
    build_core: Callable[[Any], Core]
    """From the repository's state (None without one) to the core."""
    repository: Repository | None = None
    schema: str | None = None
    effects: EffectRunner | None = None
    sources: Sequence[Source] = ()
    tick_interval_s: float = 0.25
    tiers: tuple[int, ...] | None = None
    """Read the tiered streams of these tiers only; None reads all."""
    tables: "Mapping[str, Table]" = field(default_factory=dict)
    """The schema's own tables, looked for before the start; inbox and outbox are the shell's."""
