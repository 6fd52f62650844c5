"""Which stretch of time a report is of."""

from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime

from poise_common.domain.value import Value

DAYS = 30
_STEPS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
_POINTS_MAX = 9_000
"""A year of hours: a curve of more points reads slowly and shows nothing more."""


class NoSuchPeriod(ValueError):
    """What was asked for is no stretch of time: the message says why and what would pass."""


class Period(Value):
    """From `since` on, up to `until` and without it; UTC."""

    since: AwareDatetime
    until: AwareDatetime

    @property
    def length(self) -> timedelta:
        return self.until - self.since

    @property
    def step(self) -> timedelta:
        """How far apart the points of an equity curve are: the finest that does not make too many."""
        return next((step for step in _STEPS if self.length <= step * _POINTS_MAX), _STEPS[-1])


def moment(given: str) -> datetime:
    """Read a date or a time as ISO 8601 has it, UTC where it names no offset; raises NoSuchPeriod."""
    try:
        read = datetime.fromisoformat(given)
    except ValueError:
        raise NoSuchPeriod(f"{given!r} is no date or time; 2026-11-01 or 2026-11-01T08:00 would pass") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def period_of(now: datetime, *, since: datetime | None, until: datetime | None, days: float | None) -> Period:
    """Return the period that the options name: `days` before its end, which is now where none is given.

    Raises NoSuchPeriod.
    """
    end = until or now
    if since is None:
        return Period(since=end - timedelta(days=days or DAYS), until=end)
    if days is not None and until is not None:
        raise NoSuchPeriod("of --since, --until and --days, two make a period; leave one out")
    if days is not None:
        end = since + timedelta(days=days)
    if since >= end:
        raise NoSuchPeriod(
            f"the period would begin at {since:%Y-%m-%d %H:%M} and end at {end:%Y-%m-%d %H:%M};"
            " a beginning before the end would pass"
        )
    return Period(since=since, until=end)
