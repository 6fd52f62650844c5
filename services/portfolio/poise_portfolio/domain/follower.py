"""Parts of the portfolio that follow the desk: they look at what its ledger says, and never change that."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from poise_common.contracts.core import Output
from poise_common.contracts.message import Message

STAGE = "portfolio"
"""What this service calls itself in the hops of its messages."""


class Follower(Protocol):
    """Is told every message after the ledger has taken it; its outputs go out in the same transaction."""

    def start(self, now: datetime) -> Sequence[Output]:
        """Take up what lasted when the service stopped."""

    def told(self, message: Message, now: datetime) -> Sequence[Output]:
        """Look at a message; one that it has no use for changes nothing."""

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let time pass."""
