"""From figures to places on a drawing, and which figures to write beside it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
_TIME_STEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30)),
    *(timedelta(hours=hours) for hours in (1, 2, 3, 6, 12)),
    *(timedelta(days=days) for days in (1, 2, 7, 14, 30, 60, 90, 180, 365)),
)
_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
"""A Monday, so that weeks begin on one."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A straight line from figures to places; where all figures are one, it is in the middle."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        if self.high == self.low:
            return (self.start + self.end) / 2
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Tick:
    """A figure written beside a drawing."""

    place: float
    label: str


def nice_step(span: float, ticks_max: int) -> float:
    """Return the smallest round step that cuts a span into at most so many parts; `span` > 0."""
    power = 10.0 ** math.floor(math.log10(span / ticks_max))
    return next(factor * power for factor in _NICE if factor * power * ticks_max >= span * (1 - 1e-9))


def nice_values(low: float, high: float, ticks_max: int) -> tuple[float, ...]:
    """Return round figures between two, both included where they are round."""
    if high <= low:
        return (low,)
    step = nice_step(high - low, ticks_max)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(number * step for number in range(first, last + 1))


def nice_times(since: datetime, until: datetime, ticks_max: int) -> tuple[datetime, ...]:
    """Return round times from one to the other."""
    step = next((step for step in _TIME_STEPS if step * ticks_max >= until - since), _TIME_STEPS[-1])
    return tuple(_multiples(since, until, step))


def time_label(at: datetime, since: datetime, until: datetime) -> str:
    """Write a time as short as the period lets it be told."""
    if until - since <= timedelta(days=2):
        return f"{at:%H:%M}"
    return f"{at.day} {at:%b}" if until - since < timedelta(days=300) else f"{at:%b %Y}"


def _multiples(since: datetime, until: datetime, step: timedelta) -> Iterator[datetime]:
    at = _EPOCH + -((_EPOCH - since) // step) * step
    while at <= until:
        if at >= since:
            yield at
        at += step
