"""What people are told of accounts that differ, and of acknowledgements; ids derive from the cause."""

from datetime import datetime

from poise_common.contracts.control import Acknowledge, Alert, Severity
from poise_common.contracts.execution import DifferenceAcknowledged, PackageQuantities
from poise_common.contracts.message import Hop, Message
from poise_common.domain.ids import derived_id
from poise_execution.domain.reconciliation.locks import Lock, described
from poise_execution.domain.reports import STAGE

DIVERGED_ALERT = "account_diverged"
REFUSED_ALERT = "acknowledgement_refused"
BASELINE_ALERT = "account_baseline"


def divergence_alert(lock: Lock, now: datetime) -> Alert:
    """Tell of a lock, or of its end."""
    begins = lock.is_open
    text = (
        f"{lock.venue} differs from our books; nothing new is opened there until the operator acknowledges: "
        f"{described(lock.differences)}"
        if begins
        else f"{lock.venue} is taken as it is by {lock.operator}: {lock.reason}"
    )
    phase = "firing" if begins else "over"
    return Alert(
        id=derived_id(lock.lock_id, DIVERGED_ALERT, phase),
        trace_id=lock.lock_id,
        hops=(Hop(stage=STAGE, at=now),),
        name=DIVERGED_ALERT,
        subject=lock.venue,
        severity=Severity.CRITICAL,
        firing=begins,
        text=text,
        raised_by=STAGE,
        raised_at=now,
    )


def refusal_alert(message: Acknowledge, why: str, now: datetime) -> Alert:
    """Tell that an acknowledgement changed nothing."""
    return _notice(
        message, now, name=REFUSED_ALERT, subject=message.acknowledgement.venue, severity=Severity.WARNING, text=why
    )


def baseline_alert(cause: Message, venue: str, items: int, now: datetime) -> Alert:
    """Tell that an account is followed from now on, not from its opening."""
    text = f"{venue} is compared with our books from this reading on ({items} items): none was stored before it"
    return _notice(cause, now, name=BASELINE_ALERT, subject=venue, severity=Severity.INFO, text=text)


def difference_acknowledged(
    lock: Lock, packages: tuple[PackageQuantities, ...], cause: Acknowledge, now: datetime
) -> DifferenceAcknowledged:
    """Tell all books what the operator has taken as it is; one for each lock."""
    return DifferenceAcknowledged(
        id=derived_id(lock.lock_id, DifferenceAcknowledged.__name__),
        trace_id=cause.trace_id,
        hops=(*cause.hops, Hop(stage=STAGE, at=now)),
        lock_id=lock.lock_id,
        venue=lock.venue,
        operator=lock.operator,
        reason=lock.reason,
        differences=lock.differences,
        packages=packages,
        acknowledged_at=now,
    )


def _notice(cause: Message, now: datetime, *, name: str, subject: str, severity: Severity, text: str) -> Alert:
    return Alert.caused_by(
        cause,
        STAGE,
        now,
        name,
        name=name,
        subject=subject,
        severity=severity,
        firing=False,
        text=text,
        raised_by=STAGE,
        raised_at=now,
    )
