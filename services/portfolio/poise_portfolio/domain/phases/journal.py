"""What was seen of the desk so far, and what of that is not stored yet."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from poise_portfolio.domain.phases.records import AssetMonth, EventKind, PhaseBooks, PhaseChange, PhaseDay, PhaseEvent


class Journal:
    """The phase, its days, the months of assets, and events: by key, as the tables have them."""

    def __init__(self, books: PhaseBooks) -> None:
        self._change = books.change
        self._days = {day.day: day for day in books.days}
        self._months = {(month.month, month.asset): month for month in books.months}
        self._newest_months = {month.asset: month for month in sorted(books.months, key=lambda month: month.month)}
        self._events = {(event.kind, event.subject, event.at): event for event in books.events}
        self._unstored: dict[object, object] = {}
        self.is_urgent = False
        """There is news that must be stored with the message that brought it."""

    @property
    def has_phase(self) -> bool:
        return self._change is not None

    @property
    def change(self) -> PhaseChange:
        """Return the newest change; a journal without one has to begin first."""
        if self._change is None:
            raise LookupError("no phase is on record")
        return self._change

    @property
    def days(self) -> tuple[PhaseDay, ...]:
        """Return the days of the phase, oldest first."""
        return tuple(self._days[day] for day in sorted(self._days))

    @property
    def months(self) -> tuple[AssetMonth, ...]:
        return tuple(self._months[key] for key in sorted(self._months))

    @property
    def events(self) -> tuple[PhaseEvent, ...]:
        """Return what happened since the phase began, or still lasts, oldest first."""
        return tuple(sorted(self._events.values(), key=lambda event: (event.at, event.kind, event.subject)))

    @property
    def has_months(self) -> bool:
        return bool(self._months)

    @property
    def newest_day(self) -> PhaseDay | None:
        return self._days[max(self._days)] if self._days else None

    def begin(self, change: PhaseChange) -> None:
        """Turn to another phase: its evidence counts from here on, only what lasts is taken along."""
        self._change = change
        self._days = {}
        self._events = {
            key: event for key, event in self._events.items() if event.ended_at is None or event.at >= change.since
        }
        self._note(("change", change.sequence), change)
        self.is_urgent = True

    def see(self, now: datetime, **changes: Any) -> PhaseDay:
        """Change figures of the day that it is."""
        today = now.date()
        known = self._days.get(today)
        if known is None:
            before = self.newest_day
            known = PhaseDay(self.change.sequence, today, now)
            if before is not None:
                known = replace(known, equity_usd=before.equity_usd, peak_usd=before.peak_usd)
        day = replace(known, seen_at=max(known.seen_at, now), **changes)
        self._days[today] = day
        self._note((day.sequence, day.day), day)
        return day

    def count(self, now: datetime, **changes: Any) -> None:
        """Change figures of the day by a message that is told once."""
        self.see(now, **changes)
        self.is_urgent = True

    def today(self, now: datetime) -> PhaseDay:
        """Return the day that it is, as far as it was seen."""
        return self._days.get(now.date()) or self.see(now)

    def earn(self, month: AssetMonth) -> None:
        """Take an asset's newest P&L of a month."""
        key = (month.month, month.asset)
        if self._months.get(key) != month:
            self._months[key] = self._newest_months[month.asset] = month
            self._note(key, month)

    def newest_month(self, asset: str) -> AssetMonth | None:
        """Return the newest month in which an asset was seen."""
        return self._newest_months.get(asset)

    def happened(self, event: PhaseEvent) -> None:
        """Take an event, or its end; one that is known already changes nothing."""
        key = (event.kind, event.subject, event.at)
        if self._events.get(key) != event:
            self._events[key] = event
            self._note(key, event)
            self.is_urgent = True

    def lasting(self, kind: EventKind, subject: str | None = None) -> tuple[PhaseEvent, ...]:
        """Return the events of a kind that last, oldest first."""
        found = (event for event in self._events.values() if event.kind is kind and event.ended_at is None)
        return tuple(sorted((event for event in found if subject in {None, event.subject}), key=lambda event: event.at))

    def newest_event(self, kind: EventKind) -> PhaseEvent | None:
        """Return the last event of a kind."""
        found = (event for event in self._events.values() if event.kind is kind)
        return max(found, key=lambda event: event.at, default=None)

    def end(self, event: PhaseEvent, at: datetime) -> PhaseEvent:
        """Say that an event is over."""
        over = replace(event, ended_at=max(at, event.at))
        self.happened(over)
        return over

    def unstored(self) -> Sequence[object]:
        """Take what is to be stored."""
        records, self._unstored = tuple(self._unstored.values()), {}
        self.is_urgent = False
        return records

    def _note(self, key: object, record: object) -> None:
        self._unstored[key] = record


def month_of(day: date) -> date:
    """Return the first day of a day's month."""
    return day.replace(day=1)


def next_month(month: date) -> date:
    """Return the first day of the month after one that is given by its first day."""
    return month_of(month + timedelta(days=31))
