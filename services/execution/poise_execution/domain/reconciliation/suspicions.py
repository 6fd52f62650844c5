"""Differences that were seen, until they are explained, confirmed, or gone."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from poise_execution.domain.reconciliation.accounting import Item
from poise_execution.domain.reconciliation.parameters import ReconciliationParameters


@dataclass(slots=True)
class Suspicions:
    """One venue's differences since they were first seen. In memory alone: a restart looks anew."""

    parameters: ReconciliationParameters
    _since: dict[Item, datetime] = field(default_factory=dict)
    _explained_at: datetime | None = None
    """When the trades were asked for that may explain them."""
    causes: dict[Item, str] = field(default_factory=dict)

    def seen(self, differing: Iterable[Item], agreeing: Iterable[Item], as_of: datetime) -> None:
        """Take a reading's differences; what it could not compare stays as it was."""
        for item in agreeing:
            self._since.pop(item, None)
            self.causes.pop(item, None)
        for item in differing:
            self._since.setdefault(item, as_of)

    def explained(self, asked_at: datetime, causes: Mapping[Item, str]) -> None:
        """Take what the trades say of the causes; own fills among them are on their way to the books."""
        self._explained_at = asked_at
        self.causes |= causes

    def confirmed(self, as_of: datetime) -> frozenset[Item]:
        """Return what a reading still shows that was seen long enough before it, and that no trade of ours explains."""
        return frozenset(item for item, since in self._since.items() if self._confirmed_at(since) <= as_of)

    def repeated(self, as_of: datetime) -> frozenset[Item]:
        """Return what a reading shows that one before it showed too."""
        return frozenset(item for item, since in self._since.items() if since < as_of)

    @property
    def items(self) -> frozenset[Item]:
        return frozenset(self._since)

    def next_at(self, besides: Collection[Item]) -> datetime | None:
        """Return when the next can be confirmed that is not one of those; None where there is none."""
        waiting = (since for item, since in self._since.items() if item not in besides)
        return min(map(self._confirmed_at, waiting), default=None)

    def _confirmed_at(self, since: datetime) -> datetime:
        is_explained = self._explained_at is not None and self._explained_at >= since
        wait_s = self.parameters.confirm_after_s if is_explained else self.parameters.explain_within_s
        return since + timedelta(seconds=wait_s)
