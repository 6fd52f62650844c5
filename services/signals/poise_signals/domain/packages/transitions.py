"""How a package's state follows what risk and execution say of it.

Decisions and reports come on two streams, so either may be read first; every transition therefore asks only what the
record already knows, and answers None where the message has nothing new to say.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.execution import (
    ApprovalRefused,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    PackageQuantities,
)
from poise_common.contracts.packages import CloseReason, PackageAction, PackageDecided, PackageState, Verdict
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.parameters import TimingParameters

PackageNews = (
    PackageDecided
    | PackageOpened
    | PackageAborted
    | PackageClosed
    | PackageClosedPartly
    | PackageHalted
    | ApprovalRefused
)

_OPENING_STATES = (PackageState.PROPOSED, PackageState.OPENING)
_HELD_STATES = (PackageState.OPEN, PackageState.CLOSING, PackageState.ROLLING)
_NOTHING_LEFT = (Decimal(0), Decimal(0))


def transition(
    record: PackageRecord, news: PackageNews, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    """Return the record after the news, None when nothing changes."""
    if isinstance(news, PackageDecided):
        return _decided(record, news, timing, now)
    if isinstance(news, PackageHalted):
        return _halted(record, news, now)
    if news.approval_id in record.settled_approvals and not _ends_the_halt(record, news.approval_id):
        return None
    after: PackageRecord | None
    match news:
        case PackageOpened():
            after = _opened(record, news, now)
        case PackageAborted():
            after = _aborted(record, news, timing, now)
        case PackageClosed():
            after = _closed(record, news, timing, now)
        case PackageClosedPartly():
            after = _closed_partly(record, news, timing, now)
        case ApprovalRefused():
            after = _approval_refused(record, news, timing, now)
    return after


def acknowledged(
    record: PackageRecord, left: PackageQuantities, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    """Return the record of a package that lost some of what it held at its venue, None when nothing changes."""
    quantities = (left.long_quantity, left.short_quantity)
    state = PackageState.CLOSED if quantities == _NOTHING_LEFT else PackageState.HALTED
    is_known = (record.state, record.long_quantity, record.short_quantity) == (state, *quantities)
    if not record.is_active or is_known:
        return None
    return replace(
        record,
        state=state,
        long_quantity=left.long_quantity,
        short_quantity=left.short_quantity,
        note="halted: its venue's account was acknowledged as it is",
        wait_until=now + timedelta(seconds=timing.reentry_after_close_s) if state is PackageState.CLOSED else None,
        updated_at=now,
    )


def _ends_the_halt(record: PackageRecord, approval_id: UUID) -> bool:
    """Say whether this is the approval that the package was halted in: it alone may still come to something else."""
    return record.state is PackageState.HALTED and record.settled_approvals[-1:] == (approval_id,)


def _decided(
    record: PackageRecord, news: PackageDecided, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    opening = news.action is PackageAction.OPEN
    if news.verdict is Verdict.REJECTED:
        if news.request_id != record.request_id or not record.awaits_decision:
            return None
        return replace(
            record,
            state=PackageState.ABORTED if opening else PackageState.OPEN,
            note=f"rejected: {news.reason}",
            wait_until=now + timedelta(seconds=timing.retry_after_rejection_s),
            updated_at=now,
        )
    if news.approval_id in record.settled_approvals or record.approval_id is not None:
        return None
    # An approval counts whichever request it answers: risk may close a package by itself, and an answer that came
    # after the request was repeated still sends orders.
    if record.state not in ((PackageState.PROPOSED,) if opening else _HELD_STATES):
        return None
    return replace(
        record,
        state=PackageState.OPENING if opening else _leaving(news),
        approval_id=news.approval_id,
        close_reason=news.close_reason or record.close_reason,
        note="",
        wait_until=None,
        updated_at=now,
    )


def _leaving(news: PackageDecided) -> PackageState:
    return PackageState.ROLLING if news.close_reason is CloseReason.ROLLED else PackageState.CLOSING


def _opened(record: PackageRecord, news: PackageOpened, now: datetime) -> PackageRecord | None:
    # What execution opened is held, whatever was believed of it before.
    if record.state not in (*_OPENING_STATES, PackageState.ABORTED, PackageState.HALTED):
        return None
    opened = replace(record, opened_at=record.opened_at or now)
    return _settled(
        opened,
        news,
        now,
        state=PackageState.OPEN,
        long_quantity=news.long_leg.held_quantity,
        short_quantity=news.short_leg.held_quantity,
    )


def _aborted(
    record: PackageRecord, news: PackageAborted, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    if record.state not in (*_OPENING_STATES, PackageState.HALTED):
        return None
    wait_until = now + timedelta(seconds=timing.retry_after_abort_s)
    return _settled(
        record, news, now, state=PackageState.ABORTED, note=f"aborted: {news.reason}", wait_until=wait_until
    )


def _closed(
    record: PackageRecord, news: PackageClosed, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    if not record.is_active:
        return None
    # What was too much of an asset a moment ago is not bought back because it still pays.
    rebalanced = record.close_reason is CloseReason.REBALANCE
    wait_s = timing.reentry_after_rebalance_s if rebalanced else timing.reentry_after_close_s
    return _settled(
        record,
        news,
        now,
        state=PackageState.CLOSED,
        long_quantity=news.long_leg.held_quantity,
        short_quantity=news.short_leg.held_quantity,
        note="closed to rebalance" if rebalanced else "",
        wait_until=now + timedelta(seconds=wait_s),
    )


def _closed_partly(
    record: PackageRecord, news: PackageClosedPartly, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    if record.state not in (*_HELD_STATES, PackageState.HALTED):
        return None
    return _settled(
        record,
        news,
        now,
        state=PackageState.OPEN,
        long_quantity=news.remaining_long_quantity,
        short_quantity=news.remaining_short_quantity,
        note="closed partly",
        wait_until=now + timedelta(seconds=timing.retry_after_partial_close_s),
    )


def _halted(record: PackageRecord, news: PackageHalted, now: datetime) -> PackageRecord | None:
    # A package may be found broken long after its last approval was settled.
    if not record.is_active or record.state is PackageState.HALTED:
        return None
    return _settled(
        record,
        news,
        now,
        state=PackageState.HALTED,
        long_quantity=news.long_quantity,
        short_quantity=news.short_quantity,
        note=f"halted: {news.reason}",
    )


def _approval_refused(
    record: PackageRecord, news: ApprovalRefused, timing: TimingParameters, now: datetime
) -> PackageRecord | None:
    # Replays and forgeries are refused too; the outcome of the genuine approval's one use is what counts.
    if not news.reason.ends_the_approval or record.approval_id not in (None, news.approval_id):
        return None
    note = f"refused by execution: {news.reason.value}"
    if news.action is PackageAction.OPEN and record.state in _OPENING_STATES:
        wait_until = now + timedelta(seconds=timing.retry_after_abort_s)
        return _settled(record, news, now, state=PackageState.ABORTED, note=note, wait_until=wait_until)
    if news.action is PackageAction.CLOSE and record.state in _HELD_STATES:
        wait_until = now + timedelta(seconds=timing.retry_after_rejection_s)
        return _settled(record, news, now, state=PackageState.OPEN, note=note, wait_until=wait_until)
    return None


def _settled(
    record: PackageRecord,
    news: PackageOpened | PackageAborted | PackageClosed | PackageClosedPartly | PackageHalted | ApprovalRefused,
    now: datetime,
    *,
    state: PackageState,
    long_quantity: Decimal | None = None,
    short_quantity: Decimal | None = None,
    note: str = "",
    wait_until: datetime | None = None,
) -> PackageRecord:
    return replace(
        record,
        state=state,
        long_quantity=record.long_quantity if long_quantity is None else long_quantity,
        short_quantity=record.short_quantity if short_quantity is None else short_quantity,
        approval_id=None,
        settled_approvals=_with_last(record.settled_approvals, news.approval_id),
        note=note,
        wait_until=wait_until,
        updated_at=now,
    )


def _with_last(settled: tuple[UUID, ...], approval_id: UUID) -> tuple[UUID, ...]:
    return (*(each for each in settled if each != approval_id), approval_id)
