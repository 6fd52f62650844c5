"""Figures of a part of the desk: a strategy, an asset, a venue, a package. No worth of one is kept by the minute."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import numpy as np

from poise_portfolio.domain.performance.curve import EquityCurve
from poise_portfolio.domain.performance.metrics import Metrics, metrics_of
from poise_portfolio.domain.performance.trades import PackageResult

_ZERO = Decimal(0)

Booking = tuple[datetime, Decimal]
"""When, and how many USD were earned or lost."""


def metrics_by(
    results: Iterable[PackageResult],
    key: Callable[[PackageResult], str],
    *,
    capital_usd: Decimal,
    since: datetime,
    until: datetime,
    risk_free_rate: float,
) -> Mapping[str, Metrics]:
    """Reckon each part's figures, in the order of the names, from the packages that ended after `since` and by `until`.

    What a package made counts as it ends. Returns are on `capital_usd`, the desk's at the start: parts share one
    capital, so that their gains add up to the desk's.
    """
    bookings: defaultdict[str, list[Booking]] = defaultdict(list)
    for result in results:
        if result.closed_at is not None:
            bookings[key(result)].append((result.closed_at, result.net_usd))
    return {
        name: metrics_of(curve_of_bookings(capital_usd, bookings[name], since, until), risk_free_rate)
        for name in sorted(bookings)
    }


def curve_of_bookings(
    capital_usd: Decimal, bookings: Iterable[Booking], since: datetime, until: datetime
) -> EquityCurve:
    """Return a capital and what was booked to it later than `since` and up to `until`, in USD."""
    booked_usd = {since: _ZERO, until: _ZERO}
    for time, amount_usd in bookings:
        if since < time <= until:
            booked_usd[time] = booked_usd.get(time, _ZERO) + amount_usd
    times = tuple(sorted(booked_usd))
    equity_usd = float(capital_usd) + np.cumsum([float(booked_usd[time]) for time in times])
    return EquityCurve(times, equity_usd, np.zeros(len(times)))
