"""What retention has written down: which parts the big tables are to have, and which they need no more."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PartedTable:
    """A table in parts by time, as it is to be from now on."""

    name: str
    parts: tuple[tuple[datetime, datetime], ...]
    """When each part that is to be there begins and ends."""
    keep_since: datetime
    """A part that ends no later may go."""


@dataclass(frozen=True, slots=True)
class PartsDue:
    """All parted tables; one of them that somebody else has in hand may wait for the next time."""

    tables: tuple[PartedTable, ...]
