"""Whether the desk is up: whether its services speak, and how long it was away."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_portfolio.domain.phases.parameters import PhasesParameters


class Passed(NamedTuple):
    """Seconds that went by."""

    up_s: float = 0.0
    down_s: float = 0.0
    watched_s: float = 0.0
    """In which this service ran."""


class Attendance:
    """Tells the time in which all services spoke from that in which one did not, or the desk was away."""

    def __init__(self, parameters: PhasesParameters, seen_at: datetime | None) -> None:
        self._gap_max = timedelta(seconds=parameters.gap_max_s)
        self._risk_silent_after = timedelta(seconds=parameters.risk_silent_after_s)
        self._execution_silent_after = timedelta(seconds=parameters.execution_silent_after_s)
        self._seen_at = seen_at
        self._risk_heard_at: datetime | None = None
        self._venues_heard_at: dict[str, datetime] = {}

    def hear_risk(self, now: datetime) -> None:
        self._risk_heard_at = now

    def hear_venue(self, venue: str, now: datetime) -> None:
        self._venues_heard_at[venue] = now

    def knows(self, venues: Iterable[str]) -> bool:
        """Say whether execution has spoken of each of these venues since the start."""
        return all(venue in self._venues_heard_at for venue in venues)

    def pass_time(self, now: datetime, venues: Iterable[str], *, holds_something: bool) -> Passed:
        """Return what the time since the last call was.

        Away while nothing was held counts as nothing: a desk that was stopped flat has not failed.
        """
        before, self._seen_at = self._seen_at, now
        if before is None or now <= before:
            return Passed()
        passed_s = (now - before).total_seconds()
        if now - before > self._gap_max:
            return Passed(down_s=passed_s if holds_something else 0.0)
        if self._is_up(now, venues):
            return Passed(up_s=passed_s, watched_s=passed_s)
        return Passed(down_s=passed_s, watched_s=passed_s)

    def _is_up(self, now: datetime, venues: Iterable[str]) -> bool:
        if self._risk_heard_at is None or now - self._risk_heard_at > self._risk_silent_after:
            return False
        heard = [self._venues_heard_at.get(venue) for venue in venues]
        return bool(heard) and all(at is not None and now - at <= self._execution_silent_after for at in heard)
