"""Candidates: the pairs of legs that strategies may open, and which of them an instrument's news touches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from poise_common.contracts.packages import OrderStyle
from poise_common.contracts.round_trip_fees import RoundTripFees, round_trip_fees
from poise_common.domain.instruments import Instrument, InstrumentId


class Slot(NamedTuple):
    """What there is at most one package of at a time: of its candidates the best is held."""

    strategy: str
    name: str


class CandidateKey(NamedTuple):
    strategy: str
    long: InstrumentId
    short: InstrumentId


class HeldLegs(NamedTuple):
    """A package as far as its candidate goes."""

    asset: str
    tier: int
    slot: str
    long_instrument: Instrument
    short_instrument: Instrument


@dataclass(frozen=True, slots=True)
class Candidate:
    """A long and a short leg that hedge each other, with the fees of the round trip as the venues have them."""

    strategy: str
    slot_name: str
    asset: str
    """Of the long leg."""
    tier: int
    long_instrument: Instrument
    short_instrument: Instrument
    fees: RoundTripFees
    refusal: str | None = None
    """Why it is never entered under this fee schedule, if so."""
    long_id: InstrumentId = field(init=False)
    short_id: InstrumentId = field(init=False)
    key: CandidateKey = field(init=False)
    slot: Slot = field(init=False)
    name: str = field(init=False)
    """The key as one string, which knows its hash: what is kept of every candidate is looked up with every book."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "long_id", self.long_instrument.id)
        object.__setattr__(self, "short_id", self.short_instrument.id)
        object.__setattr__(self, "key", CandidateKey(self.strategy, self.long_id, self.short_id))
        object.__setattr__(self, "slot", Slot(self.strategy, self.slot_name))
        object.__setattr__(self, "name", f"{self.strategy} {self.long_id} {self.short_id}")


def candidate_of(strategy: str, held: HeldLegs, exit_order: OrderStyle, refusal: str | None = None) -> Candidate:
    """Return the candidate of two legs, with the fees of the venues' own schedules."""
    long, short = held.long_instrument, held.short_instrument
    return Candidate(
        strategy=strategy,
        slot_name=held.slot,
        asset=held.asset,
        tier=held.tier,
        long_instrument=long,
        short_instrument=short,
        fees=round_trip_fees(long, short, exit_order),
        refusal=refusal,
    )


class CandidateIndex:
    """The candidates that are watched, found by the instrument that has news."""

    def __init__(self) -> None:
        self._by_key: Mapping[CandidateKey, Candidate] = {}
        self._by_instrument: Mapping[InstrumentId, tuple[Candidate, ...]] = {}
        self._by_slot: Mapping[Slot, tuple[Candidate, ...]] = {}

    def replace(self, candidates: Iterable[Candidate]) -> None:
        """Watch these candidates and no others."""
        self._by_key = {candidate.key: candidate for candidate in candidates}
        touched: dict[InstrumentId, list[Candidate]] = defaultdict(list)
        slots: dict[Slot, list[Candidate]] = defaultdict(list)
        for candidate in self._by_key.values():
            slots[candidate.slot].append(candidate)
            touched[candidate.long_id].append(candidate)
            touched[candidate.short_id].append(candidate)
        self._by_instrument = {instrument: tuple(found) for instrument, found in touched.items()}
        self._by_slot = {slot: tuple(found) for slot, found in slots.items()}

    def touched_by(self, instrument: InstrumentId) -> tuple[Candidate, ...]:
        """Return the candidates with a leg in this instrument."""
        return self._by_instrument.get(instrument, ())

    def of_slot(self, slot: Slot) -> tuple[Candidate, ...]:
        """Return the candidates of which at most one is held at a time."""
        return self._by_slot.get(slot, ())

    def all(self) -> Iterable[Candidate]:
        return self._by_key.values()
