"""Telling what is thought of each candidate: on change, and otherwise no more than once in a while."""

from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.message import Message
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.clock import to_ms
from poise_signals.domain.candidates import CandidateKey
from poise_signals.domain.requests import STAGE


class View(NamedTuple):
    """What is thought of a candidate; yields as fractions."""

    held: bool
    wanted: bool
    why_not: str | None
    notional_usd: float = 0.0
    basis: float | None = None
    net_yield: float | None = None
    expected_funding: float | None = None
    net_apr: float | None = None


class _Told(NamedTuple):
    at: datetime
    held: bool
    wanted: bool


class Announcer:
    """Remembers what was told of each candidate, and when."""

    def __init__(self, every_s: float) -> None:
        self._every = timedelta(seconds=every_s)
        self._told: dict[CandidateKey, _Told] = {}

    def is_due(self, key: CandidateKey, now: datetime) -> bool:
        """Say whether nothing was told of a candidate for a while."""
        told = self._told.get(key)
        return told is None or now - told.at >= self._every

    def tell(self, key: CandidateKey, view: View, cause: Message, now: datetime) -> CandidateEvaluated | None:
        """Return the message if one is due or the view has changed; same cause and time, same id."""
        told = self._told.get(key)
        if told is not None and (told.held, told.wanted) == (view.held, view.wanted) and now - told.at < self._every:
            return None
        self._told[key] = _Told(now, view.held, view.wanted)
        return CandidateEvaluated.caused_by(
            cause,
            STAGE,
            now,
            *key,
            str(to_ms(now)),
            strategy=key.strategy,
            asset=key.asset,
            venue=key.venue,
            notional_usd=view.notional_usd,
            basis=view.basis,
            net_yield=view.net_yield,
            expected_funding=view.expected_funding,
            net_apr=view.net_apr,
            held=view.held,
            wanted=view.wanted,
            why_not=view.why_not,
            evaluated_at=now,
        )
