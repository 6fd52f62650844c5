"""What the notifier is rebuilt from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from poise_notifier.domain.alerts.episodes import Episode
from poise_notifier.domain.mail.notices import Notice
from poise_notifier.domain.telegram.orders import Order
from poise_notifier.domain.telegram.updates import UpdateTaken


@dataclass(frozen=True, kw_only=True)
class Restored:
    """The state as the schema has it."""

    firing: tuple[Episode, ...] = ()
    waiting: tuple[Notice, ...] = ()
    receipts: Mapping[tuple[UUID, str], int] = field(default_factory=dict)
    """By alert and mailbox: the number of the first message that was told of it."""
    next_position: int = 1
    orders: tuple[Order, ...] = ()
    """Those without an outcome."""
    updates: tuple[UpdateTaken, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """Have what ended before a time deleted."""

    before: datetime
