"""The one real clock; everything else is handed a clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time of the machine, UTC-aware."""
    return datetime.now(UTC)
