"""Bitcoin divergence: what ran from Bitcoin's pull is expected back, held against Bitcoin by its beta.

Listens to the books and funding of both perpetuals; needs `beta_bars` hours of both. The horizon is its own stop in
time: what was an unusual move is no longer in the last hours by then.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import log
from typing import Annotated, NamedTuple

from pydantic import Field

from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import CloseReason
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.parameters import SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, candidate_of
from poise_signals.domain.strategy.economics import refuse_forgotten_hours
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, StrategyKind, Unpriced
from poise_signals.domain.two_assets.benchmark import Relations, against_benchmark
from poise_signals.domain.two_assets.pricing import Expected, enter, leave, legs_books
from poise_signals.domain.two_assets.reversion import ReversionRule

NAME = "btc_divergence"


class BtcDivergenceParameters(StrategyParameters):
    """The divergence strategy; bars are closed hours, z counts deviations of an asset's own residuals."""

    horizon_h: Annotated[int, Field(ge=1, le=168)]
    beta_bars: Annotated[int, Field(ge=50, le=2_160)]
    beta_min: Annotated[float, Field(gt=0, le=1)]
    rule: ReversionRule
    confidence: Annotated[float, Field(ge=0, le=1)]
    margin_fraction: Annotated[float, Field(gt=0, le=1)]

    @property
    def yield_horizon_h(self) -> float:
        return self.horizon_h


class _Seen(NamedTuple):
    stretch: float
    """How cheap the long leg is, in deviations."""
    expected: Expected


class BtcDivergence:
    """Enters where an asset's return less beta times Bitcoin's is far out, and leaves where it no longer is."""

    name = NAME

    def __init__(self, parameters: BtcDivergenceParameters, shared: SharedParameters) -> None:
        self._parameters = parameters
        self._shared = shared
        self._benchmark = shared.cross_asset.benchmark
        self._relations = Relations(parameters.beta_bars, parameters.horizon_h, parameters.beta_min)

    def candidates(self, universe: Universe) -> Iterator[Candidate]:
        """Return each asset against the benchmark twice, once with either long; of both one is held at a time."""
        if not self._parameters.enabled:
            return
        for asset, benchmark in against_benchmark(universe, self._benchmark):
            slot, tier = f"{asset.asset}~{self._benchmark}@{asset.venue}", max(asset.tier, benchmark.tier)
            for long, short in ((asset, benchmark), (benchmark, asset)):
                yield self.held_candidate(HeldLegs(long.asset, tier, slot, long.hedge, short.hedge))

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return the candidate of two legs, one of them the benchmark's."""
        return candidate_of(NAME, held, self._shared.costs.exit_order)

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: the residual's way back to the exit's z, net of the costs of both legs."""
        seen = self._seen(candidate, market, now)
        if isinstance(seen, Unpriced):
            return seen
        priced = enter(
            seen.expected,
            candidate,
            market,
            notional_usd,
            self._shared,
            now=now,
            margin_fraction=self._parameters.margin_fraction,
        )
        if isinstance(priced, Unpriced):
            return priced
        why_not = self._parameters.rule.why_not(seen.stretch, priced.total_yield) or priced.why_not
        return priced._replace(why_not=why_not, confidence=min(self._parameters.confidence * priced.confidence, 1.0))

    def exit(self, candidate: Candidate, market: MarketView, held: Held, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: come back, gone beyond the stop, or older than the move that was to be undone."""
        seen = self._seen(candidate, market, now)
        if isinstance(seen, Unpriced):
            return seen
        left = leave(seen.expected, candidate, market, held, self._shared, now=now)
        if isinstance(left, Unpriced):
            return left
        close = self._parameters.rule.close(seen.stretch)
        if close is None and now - held.since >= timedelta(hours=self._parameters.horizon_h):
            close = CloseReason.AGE
        return left._replace(close=close)

    def _seen(self, candidate: Candidate, market: MarketView, now: datetime) -> _Seen | Unpriced:
        """Return how far the long leg has fallen behind, and what its way back is expected to earn.

        The running hour counts as the last of the horizon: its returns are those of the middles since the close before
        the horizon's other hours.
        """
        books = legs_books(candidate, market, now)
        if isinstance(books, Unpriced):
            return books
        long_is_asset = candidate.short_instrument.base == self._benchmark
        legs = candidate.long_id, candidate.short_id
        relation = self._relations.of(*(legs if long_is_asset else legs[::-1]), market)
        if isinstance(relation, str):
            return Unpriced(relation)
        before = market.histories.closes_together(legs, self._parameters.horizon_h)
        if before is None or len(before) < self._parameters.horizon_h:
            return Unpriced(f"the last {self._parameters.horizon_h} hours of both are not known")
        moved = log(books.long.middle / before[0, 0]), log(books.short.middle / before[0, 1])
        z = relation.z(*(moved if long_is_asset else moved[::-1]))
        stretch = -z if long_is_asset else z
        gain = (stretch - self._parameters.rule.exit_z) * relation.residuals.deviation
        within = timedelta(hours=self._parameters.horizon_h)
        if long_is_asset:
            return _Seen(stretch, Expected(gain, relation.beta, within))
        return _Seen(stretch, Expected(gain / relation.beta, 1 / relation.beta, within))


def _refuse_forgotten_hours(parameters: BtcDivergenceParameters, shared: SharedParameters) -> None:
    refuse_forgotten_hours(f"{NAME}: beta_bars", parameters.beta_bars, shared)


KIND = StrategyKind(NAME, BtcDivergenceParameters, BtcDivergence, check=_refuse_forgotten_hours)
