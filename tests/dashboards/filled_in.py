"""A panel's question as Grafana sends it: its macros and variables filled in."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

_STEPS_MS = (
    *(1, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, 60_000),
    *(120_000, 300_000, 600_000, 900_000, 1_200_000, 1_800_000),
    *(3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000),
)
"""The intervals that Grafana rounds to."""
POINTS_ACROSS = 1_000
"""As many as a panel on a full screen asks for."""


class Asked(NamedTuple):
    """The range that a dashboard shows, and how often there is something new in it."""

    since: datetime
    until: datetime
    interval_min: timedelta
    """The data source's own: how often it is given a sample."""

    @property
    def interval(self) -> timedelta:
        """Return what one point of a curve stands for: the range over the points, rounded, not below the minimum."""
        exact_ms = (self.until - self.since) / timedelta(milliseconds=1) / POINTS_ACROSS
        rounded = timedelta(milliseconds=min(_STEPS_MS, key=lambda step: abs(step - exact_ms)))
        return max(rounded, self.interval_min)

    @property
    def rate_interval(self) -> timedelta:
        """Return what rates are taken over: an interval and a sample more, and four samples at least."""
        return max(self.interval + self.interval_min, 4 * self.interval_min)


def filled_in(question: str, asked: Asked, variables: Mapping[str, str]) -> str:
    """Fill in a range and variables; raises KeyError for a macro or variable that is not among them.

    `$1` is none: it stands for what a pattern of PromQL has found.
    """
    values = {
        "__timeFrom()": f"'{asked.since.isoformat()}'",
        "__timeTo()": f"'{asked.until.isoformat()}'",
        "__interval_ms": str(asked.interval // timedelta(milliseconds=1)),
        "__interval": _duration(asked.interval),
        "__rate_interval": _duration(asked.rate_interval),
        "__range": _duration(asked.until - asked.since),
        **variables,
    }
    return re.sub(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*(?:\(\))?))", lambda found: values[found[1] or found[2]], question)


def _duration(length: timedelta) -> str:
    return f"{max(1, round(length.total_seconds()))}s"
