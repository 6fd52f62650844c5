"""What each venue account should hold: its first reading, and every fill and payment since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from poise_execution.domain.reconciliation.accounting import Change, Item

_REMEMBERED = timedelta(minutes=5)
"""Longer than any reading takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """How much of an item an account should hold by our books: base units, or units of the currency."""

    item: Item
    quantity: Decimal


class Span(NamedTuple):
    """Where a quantity was in a stretch of time: a venue that answers then says something within."""

    low: Decimal
    high: Decimal
    now: Decimal
    is_open: bool = False
    """An order of ours may be moving it: within the span, nothing can be told."""

    @property
    def is_exact(self) -> bool:
        return self.low == self.high

    def distance_of(self, quantity: Decimal) -> Decimal:
        """Return by how much a quantity lies outside, unsigned; zero within."""
        return max(self.low - quantity, quantity - self.high, Decimal(0))

    def widened(self, quantity: Decimal) -> "Span":
        """Return the span with what may be added, or taken away, on top."""
        return self._replace(
            low=min(self.low, self.low + quantity), high=max(self.high, self.high + quantity), is_open=True
        )


NOTHING = Span(Decimal(0), Decimal(0), Decimal(0))


@dataclass(frozen=True, slots=True)
class _Past:
    at: datetime
    quantity: Decimal
    """What was held until then."""


class History:
    """What holdings were a moment ago, kept in memory: a reading may still show them so."""

    def __init__(self) -> None:
        self._past: dict[Item, list[_Past]] = {}

    def changed(self, before: Holding, now: datetime) -> None:
        """Note what a holding was until now."""
        kept = [past for past in self._past.get(before.item, ()) if past.at > now - _REMEMBERED]
        self._past[before.item] = [*kept, _Past(now, before.quantity)]

    def span(self, item: Item, quantity: Decimal, since: datetime) -> Span:
        """Return where a holding, now of this quantity, has been since a time."""
        quantities = [quantity, *(past.quantity for past in self._past.get(item, ()) if past.at > since)]
        return Span(min(quantities), max(quantities), quantity)


def after(holdings: Mapping[Item, Holding], changes: Iterable[Change]) -> dict[Item, Holding]:
    """Return the holdings that changes make anew: each once, however often it is changed."""
    changed: dict[Item, Holding] = {}
    for change in changes:
        if not change.quantity:
            continue
        held = changed.get(change.item) or holdings.get(change.item) or Holding(item=change.item, quantity=Decimal(0))
        changed[change.item] = replace(held, quantity=held.quantity + change.quantity)
    return changed
