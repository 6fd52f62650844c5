"""When a closing that came to nothing may be tried again."""

from datetime import datetime, timedelta
from uuid import UUID

from poise_risk.domain.rules.rulebook import Rulebook

_DOUBLINGS_MAX = 16


class Retries:
    """Waits twice as long after each try that brought nothing, up to a bound."""

    def __init__(self, rules: Rulebook) -> None:
        self._rules = rules
        self._tries: dict[UUID, int] = {}
        self._not_before: dict[UUID, datetime] = {}

    def may_try(self, package_id: UUID, now: datetime) -> bool:
        not_before = self._not_before.get(package_id)
        return not_before is None or now >= not_before

    def tries(self, package_id: UUID) -> int:
        """Return how often a closing was tried since the last that made progress."""
        return self._tries.get(package_id, 0)

    def tried(self, package_id: UUID, now: datetime) -> None:
        tries = self._tries.get(package_id, 0)
        closings = self._rules.closings
        wait_s = min(float(closings.retry_s) * 2 ** min(tries, _DOUBLINGS_MAX), float(closings.retry_max_s))
        self._tries[package_id] = tries + 1
        self._not_before[package_id] = now + timedelta(seconds=wait_s)

    def forget(self, package_id: UUID) -> None:
        self._tries.pop(package_id, None)
        self._not_before.pop(package_id, None)
