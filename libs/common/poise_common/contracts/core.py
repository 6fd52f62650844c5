"""The one face of every service's core, so that one driver can run any of them.

A core is a plain synchronous state machine: it takes a message (or the tick of a clock) at a time `now` and answers
with outputs. It touches no socket, file, clock, random source or environment. The shell around it stores records and
outgoing work messages in one transaction, then publishes and runs effects. An effect's result comes back as a message.
After a crash the core is rebuilt from its stored records, and `start` says what is to be done about what was under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from poise_common.contracts.message import Message


@dataclass(frozen=True, slots=True)
class Publish:
    """Send a message on the stream that carries its type."""

    message: Message


@dataclass(frozen=True, slots=True)
class Store:
    """Write a record of the service's own schema; the repository knows its table. Same key: last write wins."""

    record: object


@dataclass(frozen=True, slots=True)
class Run:
    """Have the shell do something in the outside world, after the commit; the result comes back as a message."""

    effect: object


Output = Publish | Store | Run


class Core(Protocol):
    def start(self, now: datetime) -> Sequence[Output]:
        """Say what must be done after a start or a crash, from the state the core was built with."""
        ...

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Take one message; a message that was taken before must change nothing."""
        ...

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let time pass: deadlines, staleness, periodic state."""
        ...
