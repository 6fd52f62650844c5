"""What the notifier needs from outside."""

from dataclasses import dataclass
from typing import Protocol

from poise_notifier.domain.mail.notices import Deliver, DeliveryOutcome


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of telling somebody."""

    outcome: DeliveryOutcome
    receipt: int | None = None
    """The channel's own number of the message."""
    reason: str = ""
    is_unclear: bool = False
    """It may have arrived all the same."""
    retry_after_s: float | None = None


class Courier(Protocol):
    """Tells people by one channel."""

    async def deliver(self, deliver: Deliver) -> Ending:
        """Tell what is to be told in one message, and say what came of it; raise for a defect alone."""
        ...
