"""The venue's clock: runs from its start time at real speed."""

from __future__ import annotations

import time


class RunningClock:
    """Epoch milliseconds from `start_ms` on; monotonic, whatever happens to the machine's own clock."""

    def __init__(self, start_ms: int) -> None:
        self._start_ns = start_ms * 1_000_000
        self._origin_ns = time.monotonic_ns()

    def __call__(self) -> int:
        return (self._start_ns + time.monotonic_ns() - self._origin_ns) // 1_000_000
