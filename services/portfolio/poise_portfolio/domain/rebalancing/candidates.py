"""What signals thinks of the candidates that an asset is carried by."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.instruments import InstrumentId
from poise_portfolio.domain.ledger.markets import is_booked, market_of


class CandidateKey(NamedTuple):
    strategy: str
    long: InstrumentId
    short: InstrumentId


def _key_of(evaluated: CandidateEvaluated) -> CandidateKey:
    return CandidateKey(evaluated.strategy, evaluated.long_id, evaluated.short_id)


def _carries_one_asset(evaluated: CandidateEvaluated) -> bool:
    """Say whether it is an asset's spot against its perpetual at one venue: nothing else is bought for its weight."""
    if evaluated.long_venue != evaluated.short_venue:
        return False
    if not (is_booked(evaluated.long_symbol) and is_booked(evaluated.short_symbol)):
        return False
    long, short = market_of(evaluated.long_symbol), market_of(evaluated.short_symbol)
    return long.is_spot and short.is_perpetual and long.base == short.base


class Candidates:
    """The newest evaluation of each, as long as it is fresh."""

    def __init__(self, stale_after_s: float, evaluations: Iterable[CandidateEvaluated] = ()) -> None:
        self._stale_after = timedelta(seconds=stale_after_s)
        self._newest: dict[CandidateKey, CandidateEvaluated] = {}
        self._free_since: dict[CandidateKey, datetime] = {}
        for evaluated in evaluations:
            self.take(evaluated)

    def take(self, evaluated: CandidateEvaluated) -> None:
        """Keep an evaluation unless a later one is known, or it is of something that is not bought here."""
        if not _carries_one_asset(evaluated):
            return
        key = _key_of(evaluated)
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
        since = self._free_since.get(_key_of(evaluated))
        return since is not None and now - since < timedelta(seconds=first_s)

    def _is_fresh(self, evaluated: CandidateEvaluated, now: datetime) -> bool:
        return now - evaluated.evaluated_at <= self._stale_after


def _carry(evaluated: CandidateEvaluated) -> float:
    return (evaluated.basis or 0.0) + (evaluated.expected_funding or 0.0)
