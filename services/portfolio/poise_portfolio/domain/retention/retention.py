"""Says when the big tables get new parts and when old ones go, so that their rows never have to be deleted one by one.

What a part is of, a day or a month, is fixed where the tables are: migrations 0013 and 0015.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum

from poise_common.contracts.core import Output, Store
from poise_common.contracts.market_data import CandleInterval
from poise_common.contracts.message import Message
from poise_portfolio.domain.retention.parameters import RetentionParameters
from poise_portfolio.domain.retention.records import PartedTable, PartsDue


class Period(Enum):
    """What one part of a table is of, in UTC."""

    DAY = "day"
    MONTH = "month"

    def start(self, time: datetime) -> datetime:
        """Return when the period began that a time is in."""
        midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight if self is Period.DAY else midnight.replace(day=1)

    def next(self, start: datetime) -> datetime:
        """Return when the period after that ends which begins at `start`."""
        if self is Period.DAY:
            return start + timedelta(days=1)
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)


_CANDLE_PERIODS = {
    CandleInterval.MINUTE: Period.DAY,
    CandleInterval.FIVE_MINUTES: Period.DAY,
    CandleInterval.HOUR: Period.MONTH,
}


class Retention:
    """Follows the calendar; no message changes anything."""

    def __init__(self, parameters: RetentionParameters) -> None:
        self._parameters = parameters
        self._checked_at: datetime | None = None

    def start(self, now: datetime) -> Sequence[Output]:
        """Have the parts made before anything is written into them."""
        return self._check(now)

    def told(self, message: Message, now: datetime) -> Sequence[Output]:  # noqa: ARG002  (the face of a follower)
        """Take a message."""
        return ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Look at the parts again at their interval."""
        interval = timedelta(seconds=self._parameters.check_interval_s)
        if self._checked_at is not None and now - self._checked_at < interval:
            return ()
        return self._check(now)

    def _check(self, now: datetime) -> Sequence[Output]:
        self._checked_at = now
        return [Store(PartsDue(tuple(self._tables(now))))]

    def _tables(self, now: datetime) -> Iterator[PartedTable]:
        parameters = self._parameters
        for interval, period in _CANDLE_PERIODS.items():
            keep_since = now - parameters.candles_kept(interval)
            # Backfills reach back as far as anything is kept.
            yield self._table(f"candles_{interval.value}", period, keep_since, first=keep_since, now=now)
        for name, keep_days in (
            ("equity_snapshots", parameters.equity_snapshots_keep_days),
            ("account_reports", parameters.account_reports_keep_days),
            ("funding_predictions", parameters.funding_predictions_keep_days),
        ):
            yield self._table(name, Period.MONTH, now - timedelta(days=keep_days), first=now, now=now)

    def _table(self, name: str, period: Period, keep_since: datetime, *, first: datetime, now: datetime) -> PartedTable:
        parts: list[tuple[datetime, datetime]] = []
        start, ahead = period.start(first), 0
        while ahead <= self._parameters.parts_ahead:
            end = period.next(start)
            parts.append((start, end))
            ahead += end > now
            start = end
        return PartedTable(name, tuple(parts), keep_since)
