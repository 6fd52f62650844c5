"""What phases writes down, and what it starts from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self
from uuid import UUID

from poise_portfolio.domain.ledger.positions import ZERO


@dataclass(frozen=True, slots=True)
class PhaseChange:
    """The phase from a moment on: who set it, and why. The newest is the desk's; evidence for the next counts anew."""

    sequence: int
    phase: int
    since: datetime
    set_by: str
    reason: str
    ordered_by: UUID | None = None
    """The command; None where a start or a breach set it."""


@dataclass(frozen=True, slots=True)
class PhaseDay:
    """One UTC day, or the part of it that a phase lasted: how the desk was attended and what it was worth."""

    sequence: int
    """The phase change since which it counts."""
    day: date
    seen_at: datetime
    """Until when it was watched."""
    up_s: float = 0.0
    down_s: float = 0.0
    """Of the desk silent or away; away while nothing was held is neither."""
    fresh_s: float = 0.0
    stale_s: float = 0.0
    """Of correlation matrices, while the service ran."""
    equity_usd: Decimal | None = None
    """The newest; None while the desk has not been worth anything that is known."""
    peak_usd: Decimal | None = None
    """What the drawdown is measured from: the most it was worth, moved with transfers."""
    drawdown_pct: Decimal = ZERO
    """The worst of the day."""
    transferred_usd: Decimal = ZERO
    openings: int = 0
    """That risk let through."""
    packages_won: int = 0
    packages_lost: int = 0


@dataclass(frozen=True, slots=True)
class AssetMonth:
    """An asset's P&L to date as a month began, and the newest of that month."""

    month: date
    """Its first day, UTC."""
    asset: str
    began_usd: Decimal
    pnl_usd: Decimal

    @property
    def earned_usd(self) -> Decimal:
        return self.pnl_usd - self.began_usd


class EventKind(StrEnum):
    """What a gate may ask for, or must not find."""

    MODE = "mode"
    """Risk's mode; the subject is the mode."""
    DRILL = "drill"
    """The kill switch, tried by a person who said so, and the resume after it; the subject is the person."""
    LOCK = "lock"
    """A venue whose account differed from our books."""
    LIMIT = "limit"
    """A limit that stayed breached."""
    SLOT = "slot"
    """A request that found no slot, the first of a day; the subject is the limit."""
    OVERSIZED = "oversized"
    """A package that was let through beyond a cap of its size."""
    REFUSED = "refused"
    """A person's order that the gate did not let pass."""


@dataclass(frozen=True, slots=True)
class PhaseEvent:
    """Something that happened to the desk; one for each kind, subject and time."""

    kind: EventKind
    subject: str
    at: datetime
    detail: str
    ended_at: datetime | None = None
    """None while it lasts; what does not last ended when it happened."""


@dataclass(frozen=True, slots=True)
class PhaseBooks:
    """What was stored: the newest change, its days, all months, and what happened since it or still lasts."""

    change: PhaseChange | None = None
    days: tuple[PhaseDay, ...] = ()
    months: tuple[AssetMonth, ...] = ()
    events: tuple[PhaseEvent, ...] = ()

    @classmethod
    def of(cls, records: Iterable[object]) -> Self:
        """Keep of records, oldest first, what a start needs; of one key the last counts."""
        changes: dict[int, PhaseChange] = {}
        days: dict[tuple[int, date], PhaseDay] = {}
        months: dict[tuple[date, str], AssetMonth] = {}
        events: dict[tuple[EventKind, str, datetime], PhaseEvent] = {}
        for record in records:
            match record:
                case PhaseChange():
                    changes[record.sequence] = record
                case PhaseDay():
                    days[record.sequence, record.day] = record
                case AssetMonth():
                    months[record.month, record.asset] = record
                case PhaseEvent():
                    events[record.kind, record.subject, record.at] = record
                case _:
                    pass
        if not changes:
            return cls()
        change = changes[max(changes)]
        return cls(
            change=change,
            days=tuple(days[key] for key in sorted(days) if key[0] == change.sequence),
            months=tuple(months[key] for key in sorted(months)),
            events=tuple(
                event
                for event in sorted(events.values(), key=lambda event: (event.at, event.kind, event.subject))
                if event.ended_at is None or event.at >= change.since
            ),
        )
