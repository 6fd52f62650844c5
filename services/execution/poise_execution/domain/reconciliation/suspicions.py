"""Differences that were seen, until they are explained, confirmed, or gone."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from poise_execution.domain.reconciliation.accounting import Item
from poise_execution.domain.reconciliation.comparison import Comparison
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters


@dataclass(slots=True)
class _Offset:
    """By how much an item is off what is booked, in readings that follow each other."""

    quantity: Decimal
    since: datetime
    readings: int = 1


@dataclass(slots=True)
class Suspicions:
    """One venue's differences since they were first seen. In memory alone: a restart looks anew."""

    parameters: ReconciliationParameters
    _since: dict[Item, datetime] = field(default_factory=dict)
    _offsets: dict[Item, _Offset] = field(default_factory=dict)
    _explained_at: datetime | None = None
    """When the trades were asked for that may explain them."""
    _asked_about: Mapping[Item, Decimal] = field(default_factory=dict)
    _is_asking: bool = False
    causes: dict[Item, str] = field(default_factory=dict)

    def seen(self, comparison: Comparison, as_of: datetime) -> None:
        """Take a reading's differences; what it could not compare stays as it was."""
        for item in comparison.agreeing:
            self._since.pop(item, None)
            self._offsets.pop(item, None)
            self.causes.pop(item, None)
        for item in comparison.differing:
            self._since.setdefault(item, as_of)
        for item, quantity in comparison.offsets.items():
            self._note_offset(item, quantity, as_of)

    def ask(self, offsets: Mapping[Item, Decimal], locked: Collection[Item]) -> bool:
        """Say whether the trades are to be asked for now: one question at a time, and none twice about a lock's lines.

        What is not locked yet is asked for with each reading: a venue may list a trade late.
        """
        is_settled = offsets.keys() <= set(locked) and offsets == self._asked_about
        if self._is_asking or is_settled:
            return False
        self._asked_about, self._is_asking = dict(offsets), True
        return True

    def explained(self, asked_at: datetime, causes: Mapping[Item, str]) -> None:
        """Take what the trades say of the causes; own fills among them are on their way to the books."""
        self._is_asking = False
        self._explained_at = asked_at
        self.causes |= causes

    def unexplained(self) -> None:
        """Note that the venue gave no answer about the trades."""
        self._is_asking = False
        self._asked_about = {}

    def confirmed(self, as_of: datetime) -> frozenset[Item]:
        """Return what a reading still shows that was seen long enough before it, and that no trade of ours explains.

        On a busy account, what is on its way can hide a difference from every single reading; that it is off by the
        same each time gives it away.
        """
        seen = {item for item, since in self._since.items() if self._confirmed_at(since) <= as_of}
        hidden = {
            item
            for item, offset in self._offsets.items()
            if offset.readings >= self.parameters.steady_readings and self._confirmed_at(offset.since) <= as_of
        }
        return frozenset(seen | hidden)

    def steady_offset(self, item: Item) -> Decimal | None:
        """Return by how much an item is off what is booked, where more than one reading said the same."""
        offset = self._offsets.get(item)
        return offset.quantity if offset is not None and offset.readings > 1 else None

    def repeated(self, as_of: datetime) -> frozenset[Item]:
        """Return what a reading shows that one before it showed too."""
        return frozenset(item for item, since in self._since.items() if since < as_of)

    @property
    def items(self) -> frozenset[Item]:
        return frozenset(self._since.keys() | self._offsets.keys())

    @property
    def differing(self) -> frozenset[Item]:
        """Return what can't be what it should be, or was off by the same twice; not what is just on its way."""
        steady = {item for item, offset in self._offsets.items() if offset.readings > 1}
        return frozenset(self._since.keys() | steady)

    def next_at(self, besides: Collection[Item]) -> datetime | None:
        """Return when the next can be confirmed that is not one of those; None where there is none."""
        first_seen = {item: offset.since for item, offset in self._offsets.items()} | self._since
        waiting = (since for item, since in first_seen.items() if item not in besides)
        return min(map(self._confirmed_at, waiting), default=None)

    def _note_offset(self, item: Item, quantity: Decimal, as_of: datetime) -> None:
        known = self._offsets.get(item)
        if known is None or abs(quantity - known.quantity) > self.parameters.tolerance(item.name):
            self._offsets[item] = _Offset(quantity, as_of)
        elif as_of > known.since:
            known.readings += 1

    def _confirmed_at(self, since: datetime) -> datetime:
        is_explained = self._explained_at is not None and self._explained_at >= since
        wait_s = self.parameters.confirm_after_s if is_explained else self.parameters.explain_within_s
        return since + timedelta(seconds=wait_s)
