"""Locks: an account that differs from our books, until the operator has taken it as it is."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from poise_common.contracts.execution import Difference, DifferenceKind, VenueLock
from poise_common.domain.instruments import Instrument
from poise_execution.domain.reconciliation.accounting import Item, is_held_in

AGREES_AGAIN = "agrees again by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One venue's lock, from the first confirmed difference to the operator's acknowledgement."""

    lock_id: UUID
    venue: str
    opened_at: datetime
    updated_at: datetime
    differences: tuple[Difference, ...]
    acknowledged_at: datetime | None = None
    operator: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        return self.acknowledged_at is None

    @property
    def digest(self) -> str:
        return digest_of(self.differences)

    @property
    def items(self) -> frozenset[Item]:
        return frozenset(item_of(self.venue, line) for line in self.differences)

    @property
    def shown(self) -> VenueLock:
        """Return the lock as others are told of it."""
        return VenueLock(lock_id=self.lock_id, since=self.opened_at, differences=self.differences, digest=self.digest)

    def concerns(self, instrument: Instrument) -> bool:
        """Say whether what is held in an instrument is in dispute."""
        disputed = (item_of(self.venue, line) for line in self.differences if line.expected != line.actual)
        return any(is_held_in(instrument, item) for item in disputed)


def item_of(venue: str, line: Difference) -> Item:
    return Item(venue, line.wallet, line.kind, line.name)


def digest_of(differences: Iterable[Difference]) -> str:
    """Return what tells one state of a lock from another: the lines, in their order, with all they say."""
    lines = [line.model_dump(mode="json") for line in differences]
    text = json.dumps(lines, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def described(differences: Sequence[Difference]) -> str:
    """Write the lines as a person reads them."""
    return "; ".join(
        f"{line.kind.value} {line.name} ({line.wallet}): expected {line.expected:f}, the venue has {line.actual:f}"
        + (f" [{line.detail}]" if line.detail else "")
        for line in differences
    )


def refreshed(
    known: Sequence[Difference], found: Mapping[Item, Difference], agreeing: Mapping[Item, Difference], venue: str
) -> tuple[Difference, ...]:
    """Return a lock's lines after a reading: in a fixed order, with what agrees again said to.

    A line that the reading could not compare stays as it was.
    """
    lines = {item_of(venue, line): line for line in known}
    for item, line in lines.items():
        if item in found:
            lines[item] = found[item].model_copy(update={"detail": found[item].detail or _cause(line.detail)})
        elif item in agreeing:
            lines[item] = agreeing[item].model_copy(update={"detail": AGREES_AGAIN})
    lines |= {item: line for item, line in found.items() if item not in lines}
    return tuple(lines[item] for item in sorted(lines, key=_order))


def _cause(detail: str) -> str:
    return "" if detail == AGREES_AGAIN else detail


def _order(item: Item) -> tuple[int, str, str]:
    return tuple(DifferenceKind).index(item.kind), item.wallet, item.name
