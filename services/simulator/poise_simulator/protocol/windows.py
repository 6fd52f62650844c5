"""Counting within windows of time that start at multiples of their length."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Window:
    """How much is allowed in each window; windows start at multiples of their length, as the venues' do."""

    name: str
    length_ms: int
    allowed: int


@dataclass(slots=True)
class WindowCounter:
    """What is used of the running window."""

    window: Window
    started_ms: int = -1
    used: int = 0

    def add(self, amount: int, now_ms: int) -> int:
        """Count an amount; returns what is used of the window that runs now."""
        started_ms = now_ms - now_ms % self.window.length_ms
        if started_ms != self.started_ms:
            self.started_ms = started_ms
            self.used = 0
        self.used += amount
        return self.used

    def ends_in_s(self, now_ms: int) -> int:
        """Return the whole seconds, at least one, until the window ends."""
        return max(1, -(-(self.window.length_ms - now_ms % self.window.length_ms) // 1000))
