"""Takes the operator's signed word that an account is to be followed as the venue has it."""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from poise_common.contracts.control import Acknowledge, Acknowledgement
from poise_common.contracts.core import Output, Publish
from poise_common.contracts.execution import DifferenceKind
from poise_execution.domain.packages import ENDED, Package
from poise_execution.domain.reconciliation.account_books import AccountBooks
from poise_execution.domain.reconciliation.accounting import Change
from poise_execution.domain.reconciliation.attribution import packages_after
from poise_execution.domain.reconciliation.lock_reports import difference_acknowledged, divergence_alert, refusal_alert
from poise_execution.domain.reconciliation.locks import Lock, described, item_of
from poise_execution.domain.reconciliation.losses import Losses, quantities_of
from poise_execution.domain.state import ExecutionState


class OperatorVerifier(Protocol):
    """Says whether a signature is the operator's over this very acknowledgement."""

    def is_signed(self, value: Acknowledgement, signature: str) -> bool: ...


class Acknowledgements:
    """Ends a lock; without the operator's key none can be."""

    def __init__(
        self,
        state: ExecutionState,
        books: AccountBooks,
        operator: OperatorVerifier | None,
        losses: Losses,
    ) -> None:
        self._state = state
        self._books = books
        self._operator = operator
        self._losses = losses

    def objection_to(self, message: Acknowledge) -> str | None:
        """Say why an acknowledgement does not count, or None."""
        acknowledgement = message.acknowledgement
        if self._operator is None:
            return "execution has no operator's key (POISE_EXECUTION__OPERATOR_KEY_FILE): nothing can be acknowledged"
        if not self._operator.is_signed(acknowledgement, message.signature):
            return "the signature is not the operator's over this acknowledgement"
        lock = self._state.locks.get(acknowledgement.venue)
        if lock is None:
            return f"{acknowledgement.venue} is not locked"
        if lock.lock_id != acknowledgement.lock_id:
            return f"{acknowledgement.venue} has another lock now, {lock.lock_id}"
        if lock.digest != acknowledgement.digest:
            return f"the differences are others by now: {described(lock.differences)}"
        return None

    def take(self, message: Acknowledge, now: datetime) -> list[Output]:
        """Let holdings and packages follow the venue and end the lock; refused, it changes nothing and says why."""
        if why := self.objection_to(message):
            return [Publish(refusal_alert(message, why, now))]
        word = message.acknowledgement
        lock = replace(
            self._state.locks[word.venue],
            acknowledged_at=now,
            updated_at=now,
            operator=word.operator,
            reason=word.reason,
        )
        changes = _changes(lock)
        before = {change.item: self._books.quantity(change.item) for change in changes}
        losers = packages_after(self._active_packages(), changes, before)
        outputs = [*self._books.changed(lock.venue, changes, now), *self._tolerate_orders(lock), self._state.put(lock)]
        why = f"lost by what was acknowledged at {lock.venue}: {lock.reason}"
        for package in losers:
            outputs += self._losses.halt(package, why, message, now, approval_id=lock.lock_id)
        return [
            *outputs,
            Publish(difference_acknowledged(lock, quantities_of(losers), message, now)),
            Publish(divergence_alert(lock, now)),
        ]

    def _active_packages(self) -> tuple[Package, ...]:
        return tuple(package for package in self._state.packages.values() if package.state not in ENDED)

    def _tolerate_orders(self, lock: Lock) -> list[Output]:
        orders = {line.name for line in lock.differences if line.kind is DifferenceKind.ORDER and line.actual}
        if not orders:
            return []
        standing = self._state.standings[lock.venue]
        return [self._state.put(replace(standing, tolerated_orders=standing.tolerated_orders | orders))]


def _changes(lock: Lock) -> tuple[Change, ...]:
    return tuple(
        Change(item_of(lock.venue, line), line.actual - line.expected)
        for line in lock.differences
        if line.kind is not DifferenceKind.ORDER
    )
