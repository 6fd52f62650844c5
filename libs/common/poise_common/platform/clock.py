"""The real clocks; everything else is handed a clock."""

import time
from datetime import UTC, datetime

_SINCE_BOOT = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def utc_now() -> datetime:
    """Return the time of the machine, UTC-aware."""
    return datetime.now(UTC)


def machine_s() -> float:
    """Return seconds that pass for this machine whatever is done to its clock, asleep or not."""
    return time.clock_gettime(_SINCE_BOOT)
