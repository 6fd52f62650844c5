"""Opens a venue's lock when a difference is confirmed, and keeps its lines as the readings show them."""

from dataclasses import replace
from datetime import datetime

from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import Difference
from poise_common.domain.ids import derived_id
from poise_execution.domain.reconciliation.accounting import Item
from poise_execution.domain.reconciliation.comparison import Comparison
from poise_execution.domain.reconciliation.lock_reports import divergence_alert
from poise_execution.domain.reconciliation.locks import Lock, refreshed
from poise_execution.domain.reconciliation.suspicions import Suspicions
from poise_execution.domain.results import AccountRead
from poise_execution.domain.state import ExecutionState


def update_lock(
    state: ExecutionState, read: AccountRead, comparison: Comparison, suspicions: Suspicions, now: datetime
) -> list[Output]:
    """Take a reading into the venue's lock; nothing follows where there is none and nothing is confirmed."""
    venue = read.venue
    lock = state.locks.get(venue)
    known = lock.items if lock else frozenset()
    shown = {**comparison.differing, **comparison.unclear}
    confirmed = suspicions.confirmed(read.as_of) & shown.keys()
    if lock is None and not confirmed:
        return []
    # A lock takes up whatever else was seen twice, so that one acknowledgement is enough. What it has taken up is
    # written anew only from a reading that can say it to the last digit.
    steady = {item for item in shown if suspicions.steady_offset(item) is not None}
    joining = confirmed | steady | (suspicions.repeated(read.as_of) & comparison.exact)
    taken_up = (joining - known) | (known & comparison.exact)
    differing = {item: _with_what_is_known(line, item, suspicions) for item, line in shown.items() if item in taken_up}
    agreeing = {item: line for item, line in comparison.agreeing.items() if item in known & comparison.exact}
    differences = refreshed(lock.differences if lock else (), differing, agreeing, venue)
    if lock is None:
        opened = Lock(
            lock_id=derived_id(read.id, Lock.__name__),
            venue=venue,
            opened_at=now,
            updated_at=now,
            differences=differences,
        )
        return [state.put(opened), Publish(divergence_alert(opened, now))]
    if differences == lock.differences:
        return []
    return [state.put(replace(lock, differences=differences, updated_at=now))]


def _with_what_is_known(line: Difference, item: Item, suspicions: Suspicions) -> Difference:
    """Return a line with its cause, measured from what is booked where the readings agree by how much it is off."""
    offset = suspicions.steady_offset(item)
    expected = line.expected if offset is None else line.actual - offset
    return line.model_copy(update={"expected": expected, "detail": suspicions.causes.get(item, line.detail)})
