"""The phases' eyes: everything that is told of the desk, written into the journal."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from poise_common.contracts.execution import DifferenceAcknowledged, PackageClosed, VenueState
from poise_common.contracts.message import Message
from poise_common.contracts.packages import PackageDecided
from poise_common.contracts.state import RiskState
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.phases.attendance import Attendance
from poise_portfolio.domain.phases.evidence import Evidence
from poise_portfolio.domain.phases.incidents import Incidents
from poise_portfolio.domain.phases.journal import Journal
from poise_portfolio.domain.phases.parameters import PhasesParameters
from poise_portfolio.domain.phases.results import Results, sharpe_of

_REMEMBERED = timedelta(hours=1)


class Watching:
    """Follows the desk; what it has seen is the evidence for and against a phase."""

    def __init__(self, parameters: PhasesParameters, journal: Journal, view: DeskView, risk_free_rate: float) -> None:
        self._parameters = parameters
        self._journal = journal
        self._view = view
        self._risk_free_rate = risk_free_rate
        newest = journal.newest_day
        self._attendance = Attendance(parameters, None if newest is None else newest.seen_at)
        self._incidents = Incidents(journal, parameters.to_phase_2, parameters.to_phase_3)
        self._results = Results(journal, view.bookings.external.transfer_usd)
        self._stale_since: datetime | None = None
        self._looked_at: datetime | None = None
        self._counted: dict[UUID, datetime] = {}
        self._takes: Mapping[type[Message], Callable[[Any, datetime], None]] = {
            RiskState: self._take_risk,
            VenueState: self._take_venue,
            PackageDecided: self._take_decision,
            PackageClosed: self._take_closed,
            DifferenceAcknowledged: self._take_acknowledged,
        }

    def told(self, message: Message, now: datetime) -> None:
        """Take a message; one in which there is nothing to see changes nothing."""
        if take := self._takes.get(type(message)):
            take(message, now)

    def tick(self, now: datetime) -> None:
        """Count the time, and look at what the desk is worth when it is time to."""
        passed = self._attendance.pass_time(now, self._venues, holds_something=bool(self._view.bookings.packages.held))
        is_fresh = self._are_matrices_fresh(now)
        if is_fresh:
            self._stale_since = None
        elif self._stale_since is None:
            self._stale_since = now
        day = self._journal.today(now)
        self._journal.see(
            now,
            up_s=day.up_s + passed.up_s,
            down_s=day.down_s + passed.down_s,
            fresh_s=day.fresh_s + (passed.watched_s if is_fresh else 0.0),
            stale_s=day.stale_s + (0.0 if is_fresh else passed.watched_s),
        )
        interval = timedelta(seconds=self._parameters.watch_interval_s)
        if self._looked_at is None or now - self._looked_at >= interval:
            self._looked_at = now
            self._look(now)

    def evidence(self, now: datetime) -> Evidence:
        """Return all that gates look at, as it is now."""
        days = self._journal.days
        return Evidence(
            now=now,
            phase=self._journal.change,
            days=days,
            months={(month.month, month.asset): month for month in self._journal.months},
            events=self._journal.events,
            venues_known=bool(self._venues) and self._attendance.knows(self._venues),
            stale_since=self._stale_since,
            sharpe=sharpe_of(days[:-1], self._risk_free_rate),
        )

    @property
    def _venues(self) -> tuple[str, ...]:
        return tuple(self._view.bookings.ledger.accounts)

    def _take_risk(self, state: RiskState, now: datetime) -> None:
        self._attendance.hear_risk(now)
        self._incidents.take_risk(state, now)

    def _take_venue(self, state: VenueState, now: datetime) -> None:
        self._attendance.hear_venue(state.venue, now)
        self._incidents.take_venue(state)

    def _take_decision(self, decided: PackageDecided, now: datetime) -> None:
        if self._is_new(decided, now):
            self._incidents.take_decision(decided, now)

    def _take_closed(self, closed: PackageClosed, now: datetime) -> None:
        package = self._view.bookings.packages.package(closed.package_id)
        if package is None or not package.is_final or not self._is_new(closed, now):
            return
        day = self._journal.today(now)
        if package.realised_pnl_usd + package.funding_usd > package.fees_usd:
            self._journal.count(now, packages_won=day.packages_won + 1)
        else:
            self._journal.count(now, packages_lost=day.packages_lost + 1)

    def _take_acknowledged(self, _: DifferenceAcknowledged, now: datetime) -> None:
        self._results.transferred(self._view.bookings.external.transfer_usd, now)

    def _look(self, now: datetime) -> None:
        if self._view.is_open and self._view.may_be_valued(now):
            valuation = self._view.valuation(now)
            self._results.look(valuation.equity_usd, valuation.asset_pnl_usd, now)

    def _are_matrices_fresh(self, now: datetime) -> bool:
        as_of = self._view.matrices_as_of()
        return all(
            window in as_of and now - as_of[window] <= timedelta(seconds=max_age_s)
            for window, max_age_s in self._parameters.to_phase_2.matrix_max_age_s.items()
        )

    def _is_new(self, message: Message, now: datetime) -> bool:
        """Say whether a message was not counted yet: one may be told again."""
        if message.id in self._counted:
            return False
        self._counted = {id_: at for id_, at in self._counted.items() if now - at < _REMEMBERED}
        self._counted[message.id] = now
        return True
