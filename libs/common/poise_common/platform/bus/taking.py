"""How work is handed over, whoever reads it: one that reads streams, or nobody in a service that is given none."""

from collections.abc import Awaitable, Callable
from enum import Enum, auto
from typing import Protocol

from poise_common.contracts.message import Message
from poise_common.platform.outages import Outage


class Taken(Enum):
    """What came of handing a message to the service."""

    YES = auto()
    """Its effect is durable."""
    NOT_NOW = auto()
    """The service is ending, by no fault of the message."""
    FAILED = auto()
    """It raised: after a few deliveries it is put aside."""


Take = Callable[[str, Message], Awaitable[Taken]]
"""Take a message of a stream; anything but YES ends the service."""


class Work(Protocol):
    """What reads a service's work."""

    @property
    def outage(self) -> Outage: ...
    async def ready(self) -> None:
        """Wait until what was pending is taken and the streams are being read."""

    async def run(self) -> None:
        """Read until cancelled."""

    async def close(self) -> None:
        """Stop reading; the message in hand is finished."""

    async def forgive(self) -> None:
        """Take back the count of deliveries that ended with the service, and not by the message's fault."""


class NoWork:
    """Stand where a service reads no work streams: it needs nothing of what reads them."""

    def __init__(self) -> None:
        self.outage = Outage("the bus, to read work")

    async def ready(self) -> None:
        """Return at once."""

    async def run(self) -> None:
        """Return at once."""

    async def close(self) -> None:
        """Do nothing."""

    async def forgive(self) -> None:
        """Do nothing."""
