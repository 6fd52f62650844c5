"""One service's place in a simulated desk: its core, and what its database would hold."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from poise.simulation.memory_bus import Delivery, is_work
from poise_common.contracts.core import Core, Output, Publish, Store
from poise_common.contracts.message import Message

CoreBuilder = Callable[[Sequence[object]], Core]
"""Build a core from all the records its service has stored so far, oldest first."""

_OWED_MAX = 20
"""A live outbox keeps what not all readers have taken yet: the newest few."""


@dataclass(slots=True)
class Seat:
    """A service's core while its process lives, and what outlives it."""

    build: CoreBuilder
    core: Core | None = field(init=False)
    records: list[object] = field(default_factory=list)
    inbox: set[UUID] = field(default_factory=set)
    owed: deque[Message] = field(default_factory=lambda: deque(maxlen=_OWED_MAX))
    pending: list[Delivery] = field(default_factory=list)
    """Work that nobody could take while the process was away, in order."""
    back_at: datetime | None = None

    def __post_init__(self) -> None:
        self.core = self.build(())

    def commit(self, outputs: Sequence[Output], delivery: Delivery | None) -> None:
        """Keep a decision: the id of the work it took, its records, and the work it owes."""
        if delivery is not None:
            self.inbox.add(delivery.message.id)
        for output in outputs:
            match output:
                case Store(record):
                    self.records.append(record)
                case Publish(message) if is_work(message):
                    self.owed.append(message)
                case _:
                    pass

    def lose(self, back_at: datetime) -> None:
        """Throw the core away."""
        self.core = None
        self.back_at = back_at

    def rebuild(self) -> Sequence[Delivery]:
        """Build the core anew from the records; returns the work that waits for it."""
        self.core = self.build(tuple(self.records))
        self.back_at = None
        pending, self.pending = self.pending, []
        return pending
