"""Runs a real service that ends itself with SIGKILL where it is told to: `python -m tests.crash.armed poise_risk`.

The order to strike is a file, so that a process is armed while it is at work; it strikes once and is gone.
"""

import os
import runpy
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from poise_common.platform import failpoints

FAILPOINT_FILE = "POISE_FAILPOINT_FILE"
"""The environment variable that names the file: its text is `commit.after@7`, to strike at the seventh hit."""


@dataclass(frozen=True, slots=True)
class FailpointOrder:
    """At which hit of which place the process is to end."""

    place: str
    hits: int

    def __str__(self) -> str:
        return f"{self.place}@{self.hits}"

    @classmethod
    def parse(cls, text: str) -> "FailpointOrder":
        """Read `place@hits`; raises ValueError for anything else."""
        place, _, hits = text.partition("@")
        return cls(place, int(hits))


class OrderFile:
    """Where the order for one process lies: whoever takes it away decides whether it is carried out."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def give(self, order: FailpointOrder) -> None:
        """Arm the process."""
        written = self._path.with_suffix(".new")
        written.write_text(str(order))
        written.replace(self._path)

    def read(self) -> FailpointOrder | None:
        try:
            return FailpointOrder.parse(self._path.read_text())
        except FileNotFoundError:
            return None

    def take_back(self) -> bool:
        """Take the order away; False where the other side was first."""
        try:
            self._path.unlink()
        except FileNotFoundError:
            return False
        return True


class Strike:
    """Counts the hits of the place that the order names, and ends the process at the last."""

    def __init__(self, orders: OrderFile) -> None:
        self._orders = orders
        self._order: FailpointOrder | None = None
        self._hits = 0

    def __call__(self, place: str) -> None:
        order = self._orders.read()
        if order != self._order:
            self._order, self._hits = order, 0
        if order is None or order.place != place:
            return
        self._hits += 1
        if self._hits >= order.hits and self._orders.take_back():
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    failpoints.arm(Strike(OrderFile(Path(os.environ[FAILPOINT_FILE]))))
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
