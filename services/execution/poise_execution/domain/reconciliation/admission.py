"""What may not be done at a venue whose account is in dispute, or has not been compared for too long."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from poise_common.contracts.packages import PackageAction
from poise_common.domain.instruments import Instrument
from poise_execution.domain.reconciliation.locks import described
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters
from poise_execution.domain.reconciliation.reconciler import Reconciler
from poise_execution.domain.state import ExecutionState


class Admission:
    """Holds back openings at a venue in doubt, and closings of just what is in dispute."""

    def __init__(self, parameters: ReconciliationParameters, state: ExecutionState, reconciler: Reconciler) -> None:
        self._max_age = timedelta(seconds=parameters.reconciled_max_age_s)
        self._state = state
        self._reconciler = reconciler

    def objection_to(self, action: PackageAction, instruments: Iterable[Instrument], now: datetime) -> str | None:
        """Say why an approval for these instruments must not be carried out now, or None."""
        object_to = self._to_opening if action is PackageAction.OPEN else self._to_closing
        return next((why for instrument in instruments if (why := object_to(instrument, now))), None)

    def _to_opening(self, instrument: Instrument, now: datetime) -> str | None:
        venue = instrument.venue
        if lock := self._state.locks.get(venue):
            return f"{venue} is locked since {lock.opened_at.isoformat()}: {described(lock.differences)}"
        if suspects := self._reconciler.suspects(venue):
            names = ", ".join(sorted(item.name for item in suspects))
            return f"{venue} seems to differ from our books in {names}, and is read again"
        agreed_at = self._reconciler.agreed_at(venue)
        if agreed_at is None:
            return f"{venue} has not been compared with our books since the start"
        if now - agreed_at > self._max_age:
            return f"{venue} last agreed with our books at {agreed_at.isoformat()}"
        return None

    def _to_closing(self, instrument: Instrument, _now: datetime) -> str | None:
        lock = self._state.locks.get(instrument.venue)
        if lock is None or not lock.concerns(instrument):
            return None
        return f"{instrument.id} is in dispute since {lock.opened_at.isoformat()}: {described(lock.differences)}"
