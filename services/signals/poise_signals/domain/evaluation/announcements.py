"""Telling what is thought of each candidate: on change, and otherwise no more than once in a while."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.clock import to_ms
from poise_signals.domain.packages.requests import STAGE
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Frictions


class View(NamedTuple):
    """What is thought of a candidate; yields as fractions."""

    held: bool
    wanted: bool
    why_not: str | None
    notional_usd: float = 0.0
    long_price: float | None = None
    short_price: float | None = None
    basis: float | None = None
    net_yield: float | None = None
    expected_funding: float | None = None
    frictions: Frictions | None = None
    net_apr: float | None = None
    confidence: float | None = None
    score: float | None = None


class _Told(NamedTuple):
    at: datetime
    held: bool
    wanted: bool


class Announcer:
    """Remembers what was told of each candidate, and when."""

    def __init__(self, every_s: float) -> None:
        self._every = timedelta(seconds=every_s)
        self._told: dict[str, _Told] = {}

    def is_due(self, candidate: Candidate, now: datetime) -> bool:
        """Say whether nothing was told of a candidate for a while."""
        told = self._told.get(candidate.name)
        return told is None or now - told.at >= self._every

    def tell(
        self, candidate: Candidate, view: View, cause: Message, now: datetime, capacity_usd: Callable[[], float | None]
    ) -> CandidateEvaluated | None:
        """Return the message if one is due or the view has changed; same cause and time, same id.

        What a candidate could carry is asked for only then: it takes many looks at the books.
        """
        told = self._told.get(candidate.name)
        if told is not None and (told.held, told.wanted) == (view.held, view.wanted) and now - told.at < self._every:
            return None
        self._told[candidate.name] = _Told(now, view.held, view.wanted)
        key = candidate.key
        return CandidateEvaluated.caused_by(
            cause,
            STAGE,
            now,
            key.strategy,
            str(key.long),
            str(key.short),
            str(to_ms(now)),
            strategy=key.strategy,
            asset=candidate.asset,
            slot=candidate.slot_name,
            long_venue=key.long.venue,
            long_symbol=key.long.symbol,
            short_venue=key.short.venue,
            short_symbol=key.short.symbol,
            notional_usd=view.notional_usd,
            long_price=view.long_price,
            short_price=view.short_price,
            basis=view.basis,
            fees=None if view.frictions is None else view.frictions.fees,
            slippage=None if view.frictions is None else view.frictions.slippage,
            safety_buffer=None if view.frictions is None else view.frictions.safety_buffer,
            net_yield=view.net_yield,
            expected_funding=view.expected_funding,
            net_apr=view.net_apr,
            confidence=view.confidence,
            score=view.score,
            capacity_usd=capacity_usd(),
            held=view.held,
            wanted=view.wanted,
            why_not=view.why_not,
            evaluated_at=now,
        )
