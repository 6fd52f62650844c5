"""Time: always UTC-aware, always injected."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def from_ms(unix_ms: int) -> datetime:
    """Read a Unix time in milliseconds."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC)


def to_ms(time: datetime) -> int:
    """Write a time as Unix milliseconds."""
    return round(time.timestamp() * 1000)


def elapsed_ms(since: datetime, now: datetime) -> float:
    """Return the milliseconds from `since` to `now`."""
    return (now - since).total_seconds() * 1000
