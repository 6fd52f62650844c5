"""Keeps the record of the limits in force: takes orders to read them anew, one by one, and what comes of each."""

from collections.abc import Sequence
from datetime import datetime

from poise_common.contracts.control import ReloadLimits
from poise_common.contracts.core import Output, Run, Store
from poise_common.contracts.state import LimitsInForce
from poise_common.domain.ids import NewId
from poise_risk.domain.rules.changes import AT_START, LimitChange, LimitOutcome, LimitsRead, ReadLimits
from poise_risk.domain.rules.limit_set import LimitSet
from poise_risk.domain.rules.notices import notices
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.rulebook import Rulebook


class Clerk:
    """Holds what is on record of the limits, and the orders whose reading is not back yet."""

    def __init__(self, rules: Rulebook, record: Sequence[LimitChange], new_id: NewId) -> None:
        """Go on from the record: of all changes, at least the newest, the newest taken, and those not settled."""
        self._rules = rules
        self._new_id = new_id
        in_order = sorted(record, key=lambda change: change.sequence)
        taken = [change for change in in_order if change.outcome is LimitOutcome.TAKEN]
        self._sequence = in_order[-1].sequence if in_order else 0
        self._under_way = [change for change in in_order if change.outcome is None]
        self._newest_taken = taken[-1] if taken else None
        self._refusal: str | None = None

    @property
    def in_force(self) -> LimitsInForce | None:
        """Say which limits count; None before the start has put them on record."""
        newest = self._newest_taken
        if newest is None or newest.profile is None or newest.digest_after is None or newest.settled_at is None:
            return None
        return LimitsInForce(
            profile=newest.profile,
            digest=newest.digest_after,
            since=newest.settled_at,
            set_by=newest.operator,
            refusal=self._refusal,
        )

    def start(self, now: datetime) -> tuple[LimitChange, ...]:
        """Settle what was under way, and put on record what else this start has changed.

        The file was read for the start, after those orders were given: its limits are what they asked for.
        """
        under_way, self._under_way = self._under_way, []
        settled = tuple(self._take(each, self._rules.config, now) for each in under_way)
        newest = self._newest_taken
        if newest is not None and newest.digest_after == LimitSet.of(self._rules.config).digest:
            return settled
        reason = "first start" if newest is None else "the file was found changed"
        found = ReloadLimits.first(self._new_id(now), AT_START, now, operator=AT_START, reason=reason)
        return (*settled, self._take(self._entry(found, now), self._rules.config, now))

    def order(self, command: ReloadLimits, now: datetime) -> tuple[Output, ...]:
        """Put an order on record, and have the file read once the orders before it are settled."""
        entry = self._entry(command, now)
        self._under_way.append(entry)
        return (Store(entry), *(self.next_reading() if len(self._under_way) == 1 else ()))

    def next_reading(self) -> tuple[Output, ...]:
        """Ask for the file on behalf of the oldest order under way: two readings at once could overtake each other."""
        return tuple(Run(ReadLimits(entry.order)) for entry in self._under_way[:1])

    def settle(self, read: LimitsRead, now: datetime) -> LimitChange | None:
        """Take what was read into the rulebook, or its refusal; None where nobody waits for it."""
        if not self._under_way or self._under_way[0].change_id != read.order_id:
            return None
        entry = self._under_way.pop(0)
        if read.config is None:
            self._refusal = read.refusal
            return self._refused(entry, now)
        self._refusal = None
        return self._take(entry, read.config, now)

    def _entry(self, command: ReloadLimits, now: datetime) -> LimitChange:
        self._sequence += 1
        return LimitChange(
            sequence=self._sequence,
            change_id=command.id,
            trace_id=command.trace_id,
            operator=command.operator,
            reason=command.reason,
            ordered_at=now,
        )

    def _refused(self, entry: LimitChange, now: datetime) -> LimitChange:
        in_force = LimitSet.of(self._rules.config).digest
        return entry.settled(
            LimitOutcome.REFUSED,
            now,
            refusal=self._refusal,
            profile=self._rules.config.profile,
            digest_before=in_force,
            digest_after=in_force,
        )

    def _take(self, entry: LimitChange, config: LimitsConfig, now: datetime) -> LimitChange:
        limits, newest = LimitSet.of(config), self._newest_taken
        before = None if newest is None else newest.limits
        self._rules.take(config)
        settled = entry.settled(
            LimitOutcome.TAKEN,
            now,
            profile=config.profile,
            digest_before=None if before is None else before.digest,
            digest_after=limits.digest,
            changes={} if before is None else limits.changes_from(before),
            notices=notices(config),
            limits=limits,
        )
        if before is not None and before.digest == limits.digest:
            return settled.model_copy(update={"outcome": LimitOutcome.UNCHANGED, "limits": None})
        self._newest_taken = settled
        return settled
