"""When to ask again: one back-off timer a key, kept in memory only, since a restart asks at once."""

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class _Timer:
    tries: int = 0
    due_at: datetime | None = None
    """None while an answer is awaited."""
    is_outdated: bool = False
    """Something happened since the question left: its answer may not know of it."""


class Retries(Generic[K]):
    """Questions that are asked until they are answered, with pauses that double up to a most."""

    def __init__(self, pause_s: float, pause_max_s: float) -> None:
        self._pause_s = pause_s
        self._pause_max_s = pause_max_s
        self._timers: dict[K, _Timer] = {}

    def asked(self, key: K) -> None:
        """Note that the question is out: it is not due until its answer, or `again`, comes."""
        timer = self._timers.setdefault(key, _Timer())
        timer.due_at = None
        timer.is_outdated = False

    def again(self, key: K, now: datetime) -> None:
        """Note that the answer settled nothing: the question is due again after a pause."""
        timer = self._timers.setdefault(key, _Timer())
        pause_s = 0.0 if timer.is_outdated else min(self._pause_s * 2.0**timer.tries, self._pause_max_s)
        timer.tries += 1
        timer.due_at = now + timedelta(seconds=pause_s)

    def may_ask_now(self, key: K) -> bool:
        """Say whether a question may be put at once; one that is out already is due again as soon as it is answered."""
        timer = self._timers.get(key)
        if timer is None or timer.due_at is not None:
            return True
        timer.is_outdated = True
        return False

    def settled(self, key: K) -> None:
        """Forget a question; forgetting one that was never asked changes nothing."""
        self._timers.pop(key, None)

    def due(self, now: datetime) -> tuple[K, ...]:
        """Return the questions whose pause is over, oldest first asked."""
        return tuple(key for key, timer in self._timers.items() if timer.due_at is not None and timer.due_at <= now)
