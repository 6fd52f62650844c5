"""Which pairs have shown that they keep together, and which are to be tried again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from poise_common.contracts.message import Message
from poise_common.domain.value import Value
from poise_signals.domain.arrays import Floats
from poise_signals.domain.pairs.pairing import PairKey


@dataclass(frozen=True, slots=True, eq=False)
class PairSample:
    """What a pair is tested on: logarithms of as many closes of each, oldest first."""

    pair: PairKey
    log_first: Floats
    log_second: Floats


@dataclass(frozen=True, slots=True, eq=False)
class TestPairs:
    """Have pairs tested for cointegration by Engle and Granger, away from here; answered by PairsTested."""

    __test__ = False

    samples: tuple[PairSample, ...]


class PairVerdict(Value):
    """How sure it is that two assets keep together."""

    pair: PairKey
    p_value: float | None
    """Of seeing this without cointegration; None where it could not be tested."""
    reason: str | None = None
    """Why it could not."""


class PairsTested(Message):
    """What became of TestPairs: a verdict on each pair, whatever happened."""

    type: Literal["PairsTested"] = "PairsTested"
    verdicts: tuple[PairVerdict, ...]


class _Standing(NamedTuple):
    verdict: PairVerdict
    at: datetime


class PairTrials:
    """Remembers each pair's last verdict, and when the next is due."""

    def __init__(self, p_value_max: float, every: timedelta, retry_after: timedelta) -> None:
        self._p_value_max = p_value_max
        self._every = every
        self._retry_after = retry_after
        self._standings: dict[PairKey, _Standing] = {}
        self._asked: dict[PairKey, datetime] = {}
        self._stopped: set[PairKey] = set()

    def due(self, pairs: Iterable[PairKey], now: datetime) -> Sequence[PairKey]:
        """Return the pairs to be tested now: untested ones, those tested a period ago, and unanswered ones again."""
        return [pair for pair in pairs if self._is_due(pair, now)]

    def asked(self, pairs: Iterable[PairKey], now: datetime) -> None:
        """Note that these are being tested."""
        self._asked |= dict.fromkeys(pairs, now)

    def take(self, tested: PairsTested, now: datetime) -> None:
        """Keep the verdicts; one that passes anew forgives what its pair was stopped for before."""
        for verdict in tested.verdicts:
            self._asked.pop(verdict.pair, None)
            self._standings[verdict.pair] = _Standing(verdict, now)
            self._stopped.discard(verdict.pair)

    def stop(self, pair: PairKey) -> None:
        """Bar a pair that went beyond its stop until it is tested anew."""
        self._stopped.add(pair)

    def keep(self, pairs: Iterable[PairKey]) -> None:
        """Forget all others."""
        kept = set(pairs)
        self._standings = {pair: standing for pair, standing in self._standings.items() if pair in kept}
        self._asked = {pair: at for pair, at in self._asked.items() if pair in kept}
        self._stopped &= kept

    def why_not(self, pair: PairKey, now: datetime) -> str | None:
        """Return why a pair may not be entered; None where it keeps together."""
        standing = self._standings.get(pair)
        if standing is None:
            return "its cointegration is not tested yet"
        if now - standing.at > 2 * self._every:
            return "its last test of cointegration is too old"
        broken = self.why_broken(pair)
        if broken is not None:
            return broken
        return "it went beyond its stop, and is to be tested anew" if pair in self._stopped else None

    def why_broken(self, pair: PairKey) -> str | None:
        """Return why a pair does not keep together by its last test; None where it does, or was not tested."""
        standing = self._standings.get(pair)
        if standing is None:
            return None
        p_value, reason = standing.verdict.p_value, standing.verdict.reason
        if p_value is None:
            return f"its cointegration could not be tested: {reason}"
        if p_value >= self._p_value_max:
            return f"it is not cointegrated: p {p_value:.3f}, and {self._p_value_max:g} would have to be above it"
        return None

    def p_value(self, pair: PairKey) -> float | None:
        """Return the last test's p-value, None without one."""
        standing = self._standings.get(pair)
        return None if standing is None else standing.verdict.p_value

    def _is_due(self, pair: PairKey, now: datetime) -> bool:
        asked = self._asked.get(pair)
        if asked is not None:
            return now - asked >= self._retry_after
        standing = self._standings.get(pair)
        if standing is None:
            return True
        wait = self._every if standing.verdict.p_value is not None else self._retry_after
        return now - standing.at >= wait
