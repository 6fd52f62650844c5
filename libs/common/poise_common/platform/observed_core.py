"""A core whose outputs are seen on their way out: how metrics follow what is decided, and cores stay pure."""

from collections.abc import Callable, Sequence
from datetime import datetime

from poise_common.contracts.core import Core, Output
from poise_common.contracts.message import Message

See = Callable[[Sequence[Output], datetime], None]
"""See what a core answered at a time; changes nothing of it."""


class ObservedCore:
    """Has a core answer, shows the answer, and says it on."""

    def __init__(self, core: Core, see: See) -> None:
        self._core = core
        self._see = see

    def start(self, now: datetime) -> Sequence[Output]:
        """Let the core start."""
        return self._seen(self._core.start(now), now)

    def handle(self, message: Message, now: datetime) -> Sequence[Output]:
        """Have the core take a message."""
        return self._seen(self._core.handle(message, now), now)

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let the core's time pass."""
        return self._seen(self._core.tick(now), now)

    def _seen(self, outputs: Sequence[Output], now: datetime) -> Sequence[Output]:
        self._see(outputs, now)
        return outputs
