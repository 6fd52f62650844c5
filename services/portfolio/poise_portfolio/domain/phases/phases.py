"""Which phase the desk is in, and what keeps it from the next."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Promote, Severity
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.message import Message
from poise_common.contracts.state import PhaseState
from poise_common.domain.ids import NewId
from poise_portfolio.domain.desk_view import DeskView
from poise_portfolio.domain.follower import STAGE
from poise_portfolio.domain.phases.breaches import breach_of
from poise_portfolio.domain.phases.evidence import Evidence
from poise_portfolio.domain.phases.gates import gate, missing
from poise_portfolio.domain.phases.journal import Journal
from poise_portfolio.domain.phases.parameters import FIRST_PHASE, LAST_PHASE, PhasesParameters
from poise_portfolio.domain.phases.records import EventKind, PhaseBooks, PhaseChange, PhaseEvent
from poise_portfolio.domain.phases.watching import Watching

DEMOTED_ALERT = "phase_demoted"
CHANGED_ALERT = "phase_changed"
_AT_START = "start"
_DESK = "desk"


class Phases:
    """Knows the phase, measures the gate to the next one, and goes there when a person says so."""

    def __init__(
        self,
        parameters: PhasesParameters,
        books: PhaseBooks,
        view: DeskView,
        new_id: NewId,
        *,
        risk_free_rate: float,
    ) -> None:
        """`risk_free_rate` is a year's, as a fraction."""
        self._parameters = parameters
        self._new_id = new_id
        self._alerts = AlertBook(STAGE, new_id)
        self._journal = Journal(books)
        self._watching = Watching(parameters, self._journal, view, risk_free_rate)
        self._told_at: datetime | None = None
        self._stored_at: datetime | None = None

    def start(self, now: datetime) -> Sequence[Output]:
        """Say which phase the desk is in; one that has none on record begins with what is configured."""
        if not self._journal.has_phase:
            self._journal.begin(PhaseChange(1, self._parameters.initial, now, _AT_START, "first start"))
        return [*self._stores(now), self._state(now)]

    def told(self, message: Message, now: datetime) -> Sequence[Output]:
        """Look at a message; take a person's order."""
        if isinstance(message, Promote):
            return self._ordered(message, now)
        self._watching.told(message, now)
        return self._stores(now) if self._journal.is_urgent else ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Watch the desk, go back where something was breached, and repeat the phase."""
        self._watching.tick(now)
        outputs: list[Output] = []
        if self._is_past(self._told_at, self._parameters.state_interval_s, now):
            outputs += self._judged(now)
        if self._is_past(self._stored_at, self._parameters.store_interval_s, now):
            outputs += self._stores(now)
        return outputs

    def _judged(self, now: datetime) -> list[Output]:
        """Go back where what the phase was reached by no longer stands; tell the phase either way."""
        evidence = self._watching.evidence(now)
        breach = breach_of(evidence, self._parameters)
        if breach is None:
            return [self._state(now, evidence)]
        before = evidence.phase.phase
        self._turn(breach.back_to, STAGE, breach.reason, now)
        text = f"the desk goes back from phase {before} to phase {breach.back_to}: {breach.reason}"
        alert = self._alerts.tell(DEMOTED_ALERT, _DESK, severity=Severity.CRITICAL, text=text, now=now)
        return [*self._stores(now), self._state(now), *alert]

    def _ordered(self, order: Promote, now: datetime) -> list[Output]:
        """Go where a person says, if the gate is met; back is always open."""
        if order.id == self._journal.change.ordered_by:
            return []
        evidence = self._watching.evidence(now)
        before = evidence.phase.phase
        refusal = self._refusal(order, evidence)
        if refusal is not None:
            detail = f"phase {order.phase} ({order.reason}): {refusal}"
            self._journal.happened(PhaseEvent(EventKind.REFUSED, order.operator, now, detail, now))
            return [*self._stores(now), self._state(now, evidence, order, refusal)]
        self._turn(order.phase, order.operator, order.reason, now, order)
        text = f"{order.operator} takes the desk from phase {before} to phase {order.phase}: {order.reason}"
        alert = self._alerts.tell(CHANGED_ALERT, _DESK, severity=Severity.INFO, text=text, now=now)
        return [*self._stores(now), self._state(now, cause=order), *alert]

    def _refusal(self, order: Promote, evidence: Evidence) -> str | None:
        current = evidence.phase.phase
        if not FIRST_PHASE <= order.phase <= LAST_PHASE:
            return f"there is no phase {order.phase}; phases are {FIRST_PHASE} to {LAST_PHASE}"
        if order.phase == current:
            return f"the desk is in phase {current} already"
        if order.phase < current:
            return None
        if order.phase > current + 1:
            return f"phases are taken one by one; after {current} comes {current + 1}"
        lines = missing(gate(order.phase, evidence, self._parameters))
        told = "; ".join(f"{line.name}: {line.value}, needed {line.needed}" for line in lines)
        return f"the gate to phase {order.phase} is not met: {told}" if lines else None

    def _turn(self, phase: int, set_by: str, reason: str, now: datetime, order: Promote | None = None) -> None:
        before, newest = self._journal.change, self._journal.newest_day
        ordered_by = None if order is None else order.id
        self._journal.begin(PhaseChange(before.sequence + 1, phase, now, set_by, reason, ordered_by))
        if newest is not None:
            # On the way up the drawdown goes on from its peak; a desk that went back starts from what it has.
            peak_usd = newest.peak_usd if phase > before.phase else newest.equity_usd
            self._journal.see(now, equity_usd=newest.equity_usd, peak_usd=peak_usd)

    def _state(
        self,
        now: datetime,
        evidence: Evidence | None = None,
        cause: Message | None = None,
        refusal: str | None = None,
    ) -> Publish:
        self._told_at = now
        seen = evidence or self._watching.evidence(now)
        phase = seen.phase
        next_phase = phase.phase + 1 if phase.phase < LAST_PHASE else None
        fields = {
            "as_of": now,
            "phase": phase.phase,
            "since": phase.since,
            "set_by": phase.set_by,
            "reason": phase.reason,
            "next_phase": next_phase,
            "gate": () if next_phase is None else gate(next_phase, seen, self._parameters),
            "refusal": refusal,
        }
        if cause is not None:
            return Publish(PhaseState.caused_by(cause, STAGE, now, **fields))
        return Publish(PhaseState.first(self._new_id(now), STAGE, now, **fields))

    def _stores(self, now: datetime) -> list[Output]:
        self._stored_at = now
        return [Store(record) for record in self._journal.unstored()]

    def _is_past(self, last: datetime | None, interval_s: float, now: datetime) -> bool:
        return last is None or now - last >= timedelta(seconds=interval_s)
