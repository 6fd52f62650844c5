"""Candidates of one slot: of those that are worth entering now, the one with the highest score is entered."""

from datetime import datetime, timedelta

from poise_signals.domain.strategy.candidates import Candidate, CandidateKey, Slot


class Rivals:
    """The score of each candidate of a slot, as long as that is fresh."""

    def __init__(self, stale_after_s: float) -> None:
        self._stale_after = timedelta(seconds=stale_after_s)
        self._wanted: dict[Slot, dict[CandidateKey, tuple[float, datetime]]] = {}

    def better_than(self, candidate: Candidate, score: float, now: datetime) -> CandidateKey | None:
        """Enter a candidate among those of its slot; return the one that scores higher, if there is."""
        wanted = self._wanted.setdefault(candidate.slot, {})
        wanted[candidate.key] = (score, now)
        best = max(
            (key for key, (_, at) in wanted.items() if now - at <= self._stale_after),
            key=lambda key: (wanted[key][0], key),
        )
        return None if best == candidate.key else best

    def withdraw(self, candidate: Candidate) -> None:
        """Forget a candidate that is not worth entering."""
        wanted = self._wanted.get(candidate.slot) if self._wanted else None
        if wanted is not None:
            wanted.pop(candidate.key, None)
            if not wanted:
                del self._wanted[candidate.slot]
