"""One list of all that every strategy could open now, by what it would earn a year on the capital it takes."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from poise.desk_bus import DeskBus, ask
from poise.opportunities.heard import Heard
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.domain.value import Value
from poise_common.platform.clock import utc_now

FORGOTTEN_AFTER = timedelta(seconds=10)
"""Signals tells each candidate once a second: one that is silent for so long is watched no more."""


class Opportunity(Value):
    """A candidate as signals last told it; yields and net APR as fractions."""

    rank: int
    strategy: str
    asset: str
    slot: str
    long: str
    """Venue and symbol."""
    short: str
    gross_basis: float | None
    """Between the middles of both books."""
    fees: float | None
    slippage: float | None
    safety_buffer: float | None
    net_yield: float | None
    expected_funding: float | None
    net_apr: float | None
    confidence: float | None
    score: float | None
    notional_usd: float
    capacity_usd: float | None
    held: bool
    wanted: bool
    why_not: str | None
    evaluated_at: AwareDatetime


class Choice(Value):
    """Which of them are wanted."""

    strategy: str | None = None
    asset: str | None = None
    limit: int | None = None


class Ranking(Heard):
    """The list as it stood at a moment."""

    candidates: int
    """How many there are in all, chosen or not."""
    opportunities: tuple[Opportunity, ...]


def ranked(evaluated: Iterable[CandidateEvaluated], choice: Choice, now: datetime) -> Ranking:
    """Rank what was told lately: the highest net APR first, what has none last; ranks are those of the whole list."""
    heard = list(evaluated)
    lately = [each for each in heard if now - each.evaluated_at <= FORGOTTEN_AFTER]
    lately.sort(key=lambda each: (-(-math.inf if each.net_apr is None else each.net_apr), each.strategy, each.long_id))
    opportunities = (_opportunity(rank, each) for rank, each in enumerate(lately, start=1))
    chosen = tuple(
        each
        for each in opportunities
        if choice.strategy in (None, each.strategy) and choice.asset in (None, each.asset)
    )
    return Ranking(
        read_at=now,
        candidates=len(lately),
        opportunities=chosen if choice.limit is None else chosen[: choice.limit],
        last_heard_at=max((each.evaluated_at for each in heard), default=None),
    )


async def read_ranking(redis_url: str, choice: Choice, *, wait_s: float) -> Ranking:
    """Read what the bus has; raises DeskUnreachable."""

    async def read(bus: DeskBus) -> Ranking:
        return ranked(await bus.newest(CandidateEvaluated), choice, utc_now())

    return await ask(redis_url, read, wait_s=wait_s, answerer="signals")


def _opportunity(rank: int, told: CandidateEvaluated) -> Opportunity:
    gross = None if told.basis is None or told.slippage is None else told.basis + told.slippage
    return Opportunity(
        rank=rank,
        strategy=told.strategy,
        asset=told.asset,
        slot=told.slot,
        long=str(told.long_id),
        short=str(told.short_id),
        gross_basis=gross,
        fees=told.fees,
        slippage=told.slippage,
        safety_buffer=told.safety_buffer,
        net_yield=told.net_yield,
        expected_funding=told.expected_funding,
        net_apr=told.net_apr,
        confidence=told.confidence,
        score=told.score,
        notional_usd=told.notional_usd,
        capacity_usd=told.capacity_usd,
        held=told.held,
        wanted=told.wanted,
        why_not=told.why_not,
        evaluated_at=told.evaluated_at,
    )
