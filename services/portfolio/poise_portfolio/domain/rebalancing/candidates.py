"""What signals thinks of the candidates of an asset."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.packages import CandidateEvaluated


class CandidateKey(NamedTuple):
    strategy: str
    asset: str
    venue: str


class Candidates:
    """The newest evaluation of each, as long as it is fresh."""

    def __init__(self, stale_after_s: float, evaluations: Iterable[CandidateEvaluated] = ()) -> None:
        self._stale_after = timedelta(seconds=stale_after_s)
        self._newest: dict[CandidateKey, CandidateEvaluated] = {}
        self._free_since: dict[CandidateKey, datetime] = {}
        for evaluated in evaluations:
            self.take(evaluated)

    def take(self, evaluated: CandidateEvaluated) -> None:
        """Keep an evaluation unless a later one is known."""
        key = CandidateKey(evaluated.strategy, evaluated.asset, evaluated.venue)
        known = self._newest.get(key)
        if known is not None and evaluated.evaluated_at < known.evaluated_at:
            return
        self._newest[key] = evaluated
        if evaluated.held or not evaluated.wanted:
            self._free_since.pop(key, None)
        else:
            self._free_since.setdefault(key, evaluated.evaluated_at)

    def wanted(self, now: datetime) -> frozenset[str]:
        """Return the assets that are worth carrying now."""
        return frozenset(each.asset for each in self._newest.values() if each.wanted and self._is_fresh(each, now))

    def best(self, asset: str, now: datetime) -> CandidateEvaluated | str:
        """Return the candidate of an asset that carries most, or why none can be bought."""
        of_asset = [each for each in self._newest.values() if each.asset == asset]
        if not of_asset:
            return "signals knows no candidate of it"
        fresh = [each for each in of_asset if self._is_fresh(each, now)]
        if not fresh:
            return "signals has said nothing of it lately"
        wanted = [each for each in fresh if each.wanted]
        if not wanted:
            return f"signals does not want it: {fresh[0].why_not or 'no reason given'}"
        priced = [each for each in wanted if each.expected_funding is not None]
        if not priced:
            return f"signals is at it: {wanted[0].why_not or 'not priced'}"
        return max(priced, key=_carry)

    def is_left_to_signals(self, evaluated: CandidateEvaluated, first_s: float, now: datetime) -> bool:
        """Say whether signals may still be asking for a candidate itself: nothing of it is held, for a moment."""
        since = self._free_since.get(CandidateKey(evaluated.strategy, evaluated.asset, evaluated.venue))
        return since is not None and now - since < timedelta(seconds=first_s)

    def _is_fresh(self, evaluated: CandidateEvaluated, now: datetime) -> bool:
        return now - evaluated.evaluated_at <= self._stale_after


def _carry(evaluated: CandidateEvaluated) -> float:
    return (evaluated.basis or 0.0) + (evaluated.expected_funding or 0.0)
