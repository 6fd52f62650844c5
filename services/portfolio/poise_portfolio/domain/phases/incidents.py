"""What happens to the desk that gates ask for or must not find: told by risk and execution, put down as events."""

from datetime import datetime, timedelta

from poise_common.contracts.execution import VenueState
from poise_common.contracts.packages import PackageAction, PackageDecided, Verdict
from poise_common.contracts.state import LimitHeadroom, RiskState, SystemMode
from poise_portfolio.domain.phases.journal import Journal
from poise_portfolio.domain.phases.parameters import ToPhase2, ToPhase3
from poise_portfolio.domain.phases.records import EventKind, PhaseEvent

DRILL = "drill"
"""How the reason of a halt begins that only tries the kill switch."""
_RISK = "risk"
"""Who set a mode that no person set."""


class Incidents:
    """Finds events in what others say, each once."""

    def __init__(self, journal: Journal, to_phase_2: ToPhase2, to_phase_3: ToPhase3) -> None:
        self._journal = journal
        self._to_phase_2 = to_phase_2
        self._to_phase_3 = to_phase_3
        self._beyond_since: dict[str, datetime] = {}

    def take_risk(self, state: RiskState, now: datetime) -> None:
        """Follow risk's mode and its limits."""
        self._mode(state)
        for limit in self._to_phase_2.portfolio_limits:
            beyond = [line for line in state.headroom if line.limit == limit and self._is_beyond(line)]
            self._limit(limit, beyond, now)

    def take_venue(self, state: VenueState) -> None:
        """Follow a venue's lock."""
        lock = state.lock
        for lasting in self._journal.lasting(EventKind.LOCK, state.venue):
            if lock is None or lock.since != lasting.at:
                self._journal.end(lasting, state.as_of)
        if lock is not None:
            lines = f"{len(lock.differences)} differences"
            self._journal.happened(PhaseEvent(EventKind.LOCK, state.venue, lock.since, lines))

    def take_decision(self, decided: PackageDecided, now: datetime) -> None:
        """Look at how an opening was decided: by the slot rule, and within the caps of its size."""
        if decided.action is not PackageAction.OPEN:
            return
        if decided.verdict is Verdict.REJECTED:
            self._slot(decided)
        else:
            self._journal.count(now, openings=self._journal.today(now).openings + 1)
            self._size(decided)

    def _slot(self, decided: PackageDecided) -> None:
        """Put down the first request of a day that found no slot: more would say no more."""
        limit, at = decided.binding_limit, decided.decided_at
        if limit is None or limit not in self._to_phase_3.slot_limits:
            return
        newest = self._journal.newest_event(EventKind.SLOT)
        if newest is None or newest.at.date() < at.date():
            self._journal.happened(PhaseEvent(EventKind.SLOT, limit, at, f"{decided.asset}: {decided.reason}", at))

    def _size(self, decided: PackageDecided) -> None:
        let_through_usd, at = decided.approved_exposure_usd, decided.decided_at
        for check in decided.checks:
            cap_usd = check.passing_exposure_usd
            if check.limit in self._to_phase_3.sizing_limits and cap_usd is not None and let_through_usd > cap_usd:
                detail = f"{check.limit}: ${let_through_usd:,.2f} let through, ${cap_usd:,.2f} passes"
                self._journal.happened(PhaseEvent(EventKind.OVERSIZED, str(decided.package_id), at, detail, at))

    def _mode(self, state: RiskState) -> None:
        known = next(iter(self._journal.lasting(EventKind.MODE)), None)
        detail = f"{state.reason} ({state.set_by})"
        if known is not None and known.subject == state.mode.value and state.since == known.at:
            return
        if known is not None:
            if state.since < known.at:
                return
            self._journal.end(known, state.since)
            self._drill(known, state)
        self._journal.happened(PhaseEvent(EventKind.MODE, state.mode.value, state.since, detail))

    def _drill(self, before: PhaseEvent, state: RiskState) -> None:
        """Put down a drill once it is over: a halt that was said to be one, taken back by a person."""
        if before.subject != SystemMode.HALTED.value or not before.detail.lower().startswith(DRILL):
            return
        if state.mode is SystemMode.ACTIVE and state.set_by != _RISK:
            event = PhaseEvent(EventKind.DRILL, state.set_by, before.at, before.detail, state.since)
            self._journal.happened(event)

    def _limit(self, limit: str, beyond: list[LimitHeadroom], now: datetime) -> None:
        lasting = self._journal.lasting(EventKind.LIMIT, limit)
        if not beyond:
            self._beyond_since.pop(limit, None)
            for event in lasting:
                self._journal.end(event, now)
            return
        since = self._beyond_since.setdefault(limit, now)
        if not lasting and now - since >= timedelta(seconds=self._to_phase_2.breach_lasts_s):
            worst = beyond[0]
            detail = f"{worst.value:.6g} against {worst.allowed:.6g}"
            self._journal.happened(PhaseEvent(EventKind.LIMIT, limit, since, detail))

    def _is_beyond(self, line: LimitHeadroom) -> bool:
        tolerance = self._to_phase_2.breach_tolerance_pct / 100
        if line.at_least:
            return line.value < line.allowed * (1 - tolerance)
        return line.value > line.allowed * (1 + tolerance)
