"""All that a gate looks at: what was seen since the phase began, and what lasts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from poise_portfolio.domain.ledger.positions import ZERO
from poise_portfolio.domain.phases.journal import month_of, next_month
from poise_portfolio.domain.phases.records import AssetMonth, EventKind, PhaseChange, PhaseDay, PhaseEvent


@dataclass(frozen=True, slots=True)
class Evidence:
    """The desk's record at a moment."""

    now: datetime
    phase: PhaseChange
    days: Sequence[PhaseDay]
    """Of the phase, oldest first."""
    months: Mapping[tuple[date, str], AssetMonth]
    events: Sequence[PhaseEvent]
    """Of the phase or lasting, oldest first."""
    venues_known: bool
    """Execution has told how it stands with each venue."""
    stale_since: datetime | None
    """Since when some correlation matrix has been stale at a stretch."""
    sharpe: float | None

    def whole_months(self) -> list[date]:
        """Return the calendar months (UTC) that the phase lasted from end to end, the newest first.

        The day on which a phase was taken up counts whole.
        """
        months = []
        month = month_of(month_of(self.now.date()) - timedelta(days=1))
        while self.phase.since.date() <= month:
            months.append(month)
            month = month_of(month - timedelta(days=1))
        return months

    def months_in_a_row(self, asset: str, is_good: Callable[[AssetMonth], bool]) -> int:
        """Count the last whole months in which an asset was good, up to the first in which it was not."""
        count = 0
        for month in self.whole_months():
            known = self.months.get((month, asset))
            if known is None or not is_good(known):
                break
            count += 1
        return count

    def earned_usd(self, asset: str) -> Decimal:
        """Return what an asset has earned from the first of the month in which the phase began."""
        first = month_of(self.phase.since.date())
        found = (known for (month, of), known in self.months.items() if of == asset and month >= first)
        return sum((known.earned_usd for known in found), ZERO)

    def equity_usd_in(self, month: date) -> Decimal | None:
        """Return what the desk was worth on the first day that was seen of a month."""
        found = (day.equity_usd for day in self.days if month <= day.day < next_month(month))
        return next((equity_usd for equity_usd in found if equity_usd is not None), None)

    @property
    def drawdown_pct(self) -> Decimal | None:
        """The worst drawdown, per cent of the peak before it; None where no worth is known."""
        return max((day.drawdown_pct for day in self.days if day.equity_usd is not None), default=None)

    @property
    def uptime_pct(self) -> float | None:
        """The share of the time watched in which every service spoke; None where no time was watched."""
        return _share_pct(sum(day.up_s for day in self.days), sum(day.down_s for day in self.days))

    @property
    def watched(self) -> timedelta:
        """For how long it was seen whether the desk is up."""
        return timedelta(seconds=sum(day.up_s + day.down_s for day in self.days))

    @property
    def fresh_pct(self) -> float | None:
        """The share of the time in which all matrices were fresh."""
        return _share_pct(sum(day.fresh_s for day in self.days), sum(day.stale_s for day in self.days))

    def down_in(self, days: int) -> timedelta:
        """Return for how long the desk was down in the last days."""
        since = self.now.date() - timedelta(days=days)
        return timedelta(seconds=sum(day.down_s for day in self.days if day.day > since))

    @property
    def openings(self) -> int:
        return sum(day.openings for day in self.days)

    @property
    def win_rate_pct(self) -> float | None:
        """The share of closed packages that earned something; None where none was closed."""
        return _share_pct(sum(day.packages_won for day in self.days), sum(day.packages_lost for day in self.days))

    @property
    def closed_packages(self) -> int:
        return sum(day.packages_won + day.packages_lost for day in self.days)

    def of(self, kind: EventKind) -> list[PhaseEvent]:
        """Return the events of a kind, oldest first."""
        return [event for event in self.events if event.kind is kind]

    def lasting(self, kind: EventKind) -> list[PhaseEvent]:
        return [event for event in self.of(kind) if event.ended_at is None]


def _share_pct(part: float, rest: float) -> float | None:
    return 100 * part / (part + rest) if part + rest > 0 else None
