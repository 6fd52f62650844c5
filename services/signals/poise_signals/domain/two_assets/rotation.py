"""What is held for being the strongest: chosen once a period, and held against the benchmark until the next.

Directional by itself: an asset alone is bought only with the share of equity that configuration gives it. Held against
the benchmark by its beta it is neutral to the market, and bets on what the asset does beyond that.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.parameters import SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, candidate_of
from poise_signals.domain.strategy.economics import refuse_forgotten_hours
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, Unpriced
from poise_signals.domain.two_assets.benchmark import AgainstBenchmark, Relations, against_benchmark
from poise_signals.domain.two_assets.pricing import Expected, enter, leave

_HOUR = timedelta(hours=1)


class RotationParameters(StrategyParameters):
    """What momentum and sector rotation have in common; bars are closed hours."""

    hedged_with_benchmark: bool
    """Held against the benchmark's perpetual, by beta: neutral to the market."""
    directional_share_pct: Annotated[float, Field(ge=0, le=100)]
    """Of equity, for what is held without a hedge."""
    period_h: Annotated[int, Field(ge=1, le=720)]
    choose_after_min: Annotated[float, Field(ge=0, le=60)]
    """Of a period: by then its last hour's closes are there."""
    beta_bars: Annotated[int, Field(ge=50, le=2_160)]
    beta_min: Annotated[float, Field(gt=0, le=1)]
    expected_excess_pct: Annotated[float, Field(ge=0, le=20)]
    """What a chosen asset is expected to return beyond its beta within a period: a prior, to be measured."""
    confidence: Annotated[float, Field(ge=0, le=1)]
    margin_fraction: Annotated[float, Field(gt=0, le=1)]

    @property
    def yield_horizon_h(self) -> float:
        return self.period_h

    @model_validator(mode="after")
    def _legs_come_in_twos(self) -> Self:
        if self.directional_share_pct > 0:
            raise ValueError(
                f"directional_share_pct {self.directional_share_pct:g}: packages of one leg are not traded; 0 passes, "
                "with hedged_with_benchmark: true to hold the same against the benchmark"
            )
        return self


class Choice(NamedTuple):
    """What is held for a period, and of each other asset why it is not."""

    chosen: frozenset[str]
    left_out: Mapping[str, str]


Choose = Callable[[Mapping[str, list[float]]], Choice]
"""Choose among assets by their closes until the period began, oldest first."""


class Rotation:
    """Holds the assets that were chosen at the last period's beginning, each against the benchmark."""

    def __init__(
        self, name: str, parameters: RotationParameters, shared: SharedParameters, *, closes: int, choose: Choose
    ) -> None:
        self.name = name
        self._parameters = parameters
        self._shared = shared
        self._closes = closes
        self._choose = choose
        self._relations = Relations(parameters.beta_bars, 1, parameters.beta_min)
        self._watched: dict[str, dict[str, InstrumentId]] = {}
        self._choices: dict[str, tuple[int, Choice]] = {}

    @staticmethod
    def refuse_forgotten_hours(parameters: RotationParameters, shared: SharedParameters) -> None:
        """Raise ValueError where more hours are looked at than are kept."""
        refuse_forgotten_hours("beta_bars", parameters.beta_bars, shared)

    def candidates(self, universe: Universe) -> Sequence[Candidate]:
        """Return each asset against the benchmark; the benchmark itself has nothing to be held against."""
        if not self._parameters.enabled:
            return ()
        offered = tuple(against_benchmark(universe, self._shared.cross_asset.benchmark))
        watched: dict[str, dict[str, InstrumentId]] = {}
        for each in offered:
            watched.setdefault(each.asset.venue, {})[each.asset.asset] = each.asset.hedge.id
        if watched != self._watched:
            self._watched, self._choices = watched, {}
        return tuple(self.held_candidate(self._legs(each)) for each in offered)

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return the candidate of an asset and the benchmark."""
        return candidate_of(self.name, held, self._shared.costs.exit_order)

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: the excess that is expected of a chosen asset until the period ends, net of all costs."""
        expected = self._expected(candidate, market)
        if isinstance(expected, Unpriced):
            return expected
        priced = enter(
            expected,
            candidate,
            market,
            notional_usd,
            self._shared,
            now=now,
            margin_fraction=self._parameters.margin_fraction,
        )
        if isinstance(priced, Unpriced):
            return priced
        confidence = min(self._parameters.confidence * priced.confidence, 1.0)
        return priced._replace(why_not=self._why_not(candidate, market, priced, now), confidence=confidence)

    def exit(self, candidate: Candidate, market: MarketView, held: Held, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: an asset that is no longer chosen goes."""
        expected = self._expected(candidate, market)
        if isinstance(expected, Unpriced):
            return expected
        left = leave(expected, candidate, market, held, self._shared, now=now)
        if isinstance(left, Unpriced):
            return left
        choice = self._choice(candidate, market, now)
        is_out = isinstance(choice, Choice) and candidate.asset in choice.left_out
        return left._replace(close=CloseReason.REBALANCE if is_out else None)

    def _why_not(self, candidate: Candidate, market: MarketView, priced: Edge, now: datetime) -> str | None:
        if not self._parameters.hedged_with_benchmark:
            return f"directional share is {self._parameters.directional_share_pct:g} %"
        choice = self._choice(candidate, market, now)
        if isinstance(choice, str):
            return choice
        if candidate.asset not in choice.chosen:
            return choice.left_out.get(candidate.asset, "too few of its closes are known")
        if priced.total_yield <= 0:
            return f"what is expected of it is less than its costs: net yield {priced.total_yield:.4%}"
        return priced.why_not

    def _expected(self, candidate: Candidate, market: MarketView) -> Expected | Unpriced:
        relation = self._relations.of(candidate.long_id, candidate.short_id, market)
        if isinstance(relation, str):
            return Unpriced(relation)
        until = self._parameters.period_h * _HOUR
        return Expected(self._parameters.expected_excess_pct / 100, relation.beta, until)

    def _choice(self, candidate: Candidate, market: MarketView, now: datetime) -> Choice | str:
        """Return what was chosen as the running period began; one period is chosen once, and again after a restart."""
        began_s = now.timestamp() - self._parameters.choose_after_min * 60
        period = int(began_s) // (self._parameters.period_h * 3600)
        venue = candidate.long_id.venue
        known = self._choices.get(venue)
        if known is not None and known[0] == period:
            return known[1]
        first_hour = period * self._parameters.period_h
        closes: dict[str, list[float]] = {}
        for asset, instrument in self._watched.get(venue, {}).items():
            hours = market.histories.hours(instrument, self._shared.histories.hours_kept)
            since = None if hours is None else hours.newest_hour - (first_hour - 1)
            if hours is None or since is None or since < 0:
                continue
            until = hours.closes[: len(hours.closes) - since] if since else hours.closes
            if len(until) >= self._closes:
                closes[asset] = until[-self._closes :].tolist()
        if not closes:
            return "no asset has closes enough to be chosen by"
        choice = self._choose(closes)
        self._choices[venue] = period, choice
        return choice

    def _legs(self, found: AgainstBenchmark) -> HeldLegs:
        asset, benchmark = found
        slot = f"{asset.asset}~{benchmark.asset}@{asset.venue}"
        return HeldLegs(asset.asset, max(asset.tier, benchmark.tier), slot, asset.hedge, benchmark.hedge)
