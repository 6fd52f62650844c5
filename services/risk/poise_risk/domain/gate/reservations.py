"""Approvals from signing to outcome, and what they reserve from approval until the ledger shows it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from poise_common.contracts.core import Store
from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
)
from poise_common.contracts.packages import PackageAction, PackageState
from poise_common.contracts.state import PortfolioState
from poise_risk.domain.gate.commitments import Commitment, Commitments, CommitmentStatus
from poise_risk.domain.records import ApprovalRecord

Outcome = PackageOpened | PackageClosed | PackageClosedPartly | PackageAborted | PackageHalted | ApprovalRefused
OUTCOMES = (PackageOpened, PackageClosed, PackageClosedPartly, PackageAborted, PackageHalted, ApprovalRefused)

_SHOWN_STATES = frozenset({PackageState.OPEN, PackageState.CLOSING, PackageState.ROLLING, PackageState.HALTED})


class Reservations:
    """Every commitment that is not released, and every approval whose outcome is not known."""

    def __init__(self, commitments: Sequence[Commitment], unsettled: Sequence[ApprovalRecord]) -> None:
        self.commitments = Commitments.of(commitments)
        """Replaced with every change, so that what is reckoned from it can be kept until then."""
        self._closed: set[UUID] = set()
        self._unsettled: dict[UUID, ApprovalRecord] = {each.approval.approval_id: each for each in unsettled}

    def approve(self, record: ApprovalRecord, commitment: Commitment | None = None) -> tuple[Store, ...]:
        """Note an approval, and what it reserves if it opens a package."""
        self._unsettled[record.approval.approval_id] = record
        if commitment is None:
            return (Store(record),)
        return Store(record), *self._keep(commitment)

    def unsettled(self, approval_id: UUID) -> ApprovalRecord | None:
        return self._unsettled.get(approval_id)

    def take_outcome(self, outcome: Outcome, now: datetime) -> tuple[Store, ...]:
        """Settle the approval that this is the outcome of, and change or release what it reserved.

        A refused replay or forgery tells nothing: the outcome of the genuine approval counts.
        """
        if isinstance(outcome, ApprovalRefused) and not outcome.reason.ends_the_approval:
            return ()
        if isinstance(outcome, PackageClosed | PackageAborted):
            self._closed.add(outcome.package_id)
        elif not isinstance(outcome, ApprovalRefused):
            # Fills that came to light late: the package is held after all.
            self._closed.discard(outcome.package_id)
        return (*self._settle(outcome, now), *self._commit(outcome, now))

    def has_ended(self, package_id: UUID) -> bool:
        """Say whether execution ended a package that the ledger may still show."""
        return package_id in self._closed

    def show(self, portfolio: PortfolioState, now: datetime) -> tuple[Store, ...]:
        """Leave to the ledger what it shows."""
        self._closed &= {each.package_id for each in portfolio.packages}
        shown = {each.package_id for each in portfolio.packages if each.state in _SHOWN_STATES}
        opened = [each for each in self.commitments.values() if each.status is CommitmentStatus.OPENED]
        return tuple(store for each in opened if each.package_id in shown for store in self._keep(each.shown(now)))

    def closing_under_way(self, package_id: UUID, now: datetime, unanswered_after: timedelta) -> bool:
        """Say whether an approved closing may still be worked on.

        One that stays unanswered has long expired: execution either takes it no more, or works on it and refuses
        another.
        """
        return any(
            record.approval.package_id == package_id
            and record.approval.action is PackageAction.CLOSE
            and now - record.approval.issued_at < unanswered_after
            for record in self._unsettled.values()
        )

    def unanswered(self, now: datetime, unanswered_after: timedelta) -> tuple[ApprovalRecord, ...]:
        """Return approvals whose outcome should have come long ago."""
        return tuple(
            record for record in self._unsettled.values() if now - record.approval.issued_at >= unanswered_after
        )

    @property
    def anything_under_way(self) -> bool:
        return bool(self._unsettled) or any(each.is_reserved for each in self.commitments.values())

    def _settle(self, outcome: Outcome, now: datetime) -> tuple[Store, ...]:
        record = self._unsettled.pop(outcome.approval_id, None)
        if record is None:
            return ()
        text = f"refused: {outcome.reason.value}" if isinstance(outcome, ApprovalRefused) else outcome.type
        return (Store(record.settled(text, now)),)

    def _commit(self, outcome: Outcome, now: datetime) -> tuple[Store, ...]:
        commitment = self.commitments.get(outcome.package_id)
        if commitment is None:
            return ()
        changed = _after(commitment, outcome, now)
        return () if changed is commitment else self._keep(changed)

    def _keep(self, commitment: Commitment) -> tuple[Store, ...]:
        self.commitments = self.commitments.changed(commitment)
        return (Store(commitment),)


def _after(commitment: Commitment, outcome: Outcome, now: datetime) -> Commitment:
    """Return a commitment after an outcome; the same object where it changes nothing."""
    match outcome:
        case PackageOpened():
            return commitment.holding(outcome.long_leg.held_quantity, outcome.short_leg.held_quantity, now)
        case PackageClosedPartly():
            return commitment.holding(outcome.remaining_long_quantity, outcome.remaining_short_quantity, now)
        case PackageHalted():
            held = abs(outcome.long_quantity), abs(outcome.short_quantity)
            return commitment.holding(*held, now) if any(held) else commitment.released(now)
        case PackageClosed() | PackageAborted():
            return commitment.released(now)
        case ApprovalRefused():
            sent_nothing = outcome.approval_id == commitment.approval_id
            return commitment.released(now) if sent_nothing else commitment
