"""Candidates: the hedged pairs that strategies may open, and which of them an instrument's news touches."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from poise_common.contracts.round_trip_fees import RoundTripFees
from poise_common.domain.instruments import Instrument, InstrumentId


class CandidateKey(NamedTuple):
    """What there is at most one package of at a time."""

    strategy: str
    asset: str
    venue: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A long and a short leg that hedge each other, with the fees of the round trip as the venue has them."""

    key: CandidateKey
    tier: int
    long_instrument: Instrument
    short_instrument: Instrument
    fees: RoundTripFees
    refusal: str | None = None
    """Why it is never entered under this fee schedule, if so."""
    long_id: InstrumentId = field(init=False)
    short_id: InstrumentId = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "long_id", self.long_instrument.id)
        object.__setattr__(self, "short_id", self.short_instrument.id)

    def trades_the_same_as(self, other: "Candidate") -> bool:
        """Say whether both legs are the same instruments, whatever their rules are now."""
        return (self.long_id, self.short_id) == (other.long_id, other.short_id)


class CandidateIndex:
    """The candidates that are watched, found by key or by the instrument that has news."""

    def __init__(self) -> None:
        self._by_key: Mapping[CandidateKey, Candidate] = {}
        self._by_instrument: Mapping[InstrumentId, tuple[Candidate, ...]] = {}

    def replace(self, candidates: Iterable[Candidate]) -> None:
        """Watch these candidates and no others."""
        self._by_key = {candidate.key: candidate for candidate in candidates}
        touched: dict[InstrumentId, list[Candidate]] = defaultdict(list)
        for candidate in self._by_key.values():
            touched[candidate.long_id].append(candidate)
            touched[candidate.short_id].append(candidate)
        self._by_instrument = {instrument: tuple(found) for instrument, found in touched.items()}

    def touched_by(self, instrument: InstrumentId) -> tuple[Candidate, ...]:
        """Return the candidates with a leg in this instrument."""
        return self._by_instrument.get(instrument, ())

    def all(self) -> Iterable[Candidate]:
        return self._by_key.values()
