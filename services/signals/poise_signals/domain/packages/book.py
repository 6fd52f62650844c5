"""The packages that signals watches: what is known of each, as it is stored and restored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.packages import CloseReason, PackageState
from poise_common.domain.instruments import Instrument
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, Slot

ENDED = frozenset({PackageState.CLOSED, PackageState.ABORTED})
_ASKED = frozenset({PackageState.PROPOSED, PackageState.CLOSING, PackageState.ROLLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRecord:
    """One package; quantities in base units, held net of fees. The instruments are kept, so that a package whose asset
    left the universe can still be closed after a restart."""

    package_id: UUID
    strategy: str
    slot_name: str
    asset: str
    tier: int
    state: PackageState
    long_instrument: Instrument
    short_instrument: Instrument
    long_quantity: Decimal
    short_quantity: Decimal
    entry_yield: Decimal
    """Total yield when it was last asked for: what a later edge has to rise above to be asked for at once."""
    request_id: UUID
    requests: int
    """How many requests were made for it; numbers the next."""
    requested_at: datetime
    approval_id: UUID | None
    """Of the approval under way, once its decision is known."""
    settled_approvals: tuple[UUID, ...]
    """Approvals whose outcome was taken: a late decision or a repeated report of one changes nothing."""
    close_reason: CloseReason | None
    note: str
    wait_until: datetime | None
    """Nothing is asked for this candidate before, unless its edge rises clearly."""
    updated_at: datetime
    opened_at: datetime | None = None
    hedge_ratio: Decimal = Decimal(1)
    """Base units of the short leg that hedge one of the long leg."""
    opened_by_others: bool = False
    """Somebody else asked for it by a strategy of ours: it is watched beside the candidate's own."""

    @property
    def slot(self) -> Slot:
        return Slot(self.strategy, self.slot_name)

    @property
    def legs(self) -> HeldLegs:
        return HeldLegs(self.asset, self.tier, self.slot_name, self.long_instrument, self.short_instrument)

    def is_of(self, candidate: Candidate) -> bool:
        """Say whether it is held in the very instruments of a candidate."""
        return (self.long_instrument.id, self.short_instrument.id) == (candidate.long_id, candidate.short_id)

    @property
    def is_active(self) -> bool:
        return self.state not in ENDED

    @property
    def awaits_decision(self) -> bool:
        """Say whether a request is out that risk has not answered."""
        return self.state in _ASKED and self.approval_id is None


class PackageBook:
    """The latest package of each slot, one at a time, and those of it that others opened."""

    def __init__(self, records: Iterable[PackageRecord] = ()) -> None:
        self._by_slot: dict[Slot, PackageRecord] = {}
        self._slots: dict[UUID, Slot] = {}
        self._of_others: dict[UUID, PackageRecord] = {}
        self._gone: set[UUID] = set()
        for record in sorted(records, key=lambda record: (record.is_active, record.updated_at)):
            self.put(record)

    def put(self, record: PackageRecord) -> None:
        """Keep a record; it takes the place of the slot's one before."""
        if record.opened_by_others:
            self._put_of_others(record)
            return
        before = self._by_slot.get(record.slot)
        if before is not None:
            self._slots.pop(before.package_id, None)
            self._gone.add(before.package_id)
        self._by_slot[record.slot] = record
        self._slots[record.package_id] = record.slot

    def find(self, package_id: UUID) -> PackageRecord | None:
        """Return the package if it is its slot's latest, or one of others that is held."""
        slot = self._slots.get(package_id)
        return self._of_others.get(package_id) if slot is None else self._by_slot[slot]

    def is_news(self, package_id: UUID) -> bool:
        """Say whether nothing was ever heard of a package."""
        return package_id not in self._slots and package_id not in self._of_others and package_id not in self._gone

    def latest(self, slot: Slot) -> PackageRecord | None:
        return self._by_slot.get(slot)

    def of_others(self, slot: Slot) -> tuple[PackageRecord, ...]:
        """Return the packages of a slot that others opened, the oldest first."""
        return tuple(record for record in self._of_others.values() if record.slot == slot)

    def active(self) -> tuple[PackageRecord, ...]:
        """Return what is under way or held; what signals asked for itself comes last."""
        return (*self._of_others.values(), *(record for record in self._by_slot.values() if record.is_active))

    def _put_of_others(self, record: PackageRecord) -> None:
        if record.is_active:
            self._of_others[record.package_id] = record
        else:
            self._of_others.pop(record.package_id, None)
            self._gone.add(record.package_id)
