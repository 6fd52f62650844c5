"""Cross-venue basis: long spot at one venue, short the perpetual of the same asset at another."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import permutations
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import InstrumentKind
from poise_common.domain.value import Value
from poise_signals.domain.market.funding_forecast import FundingOutlook
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.parameters import Percent, SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, candidate_of
from poise_signals.domain.strategy.economics import refuse_losing_thresholds
from poise_signals.domain.strategy.pricing import price_entry, price_exit
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, StrategyKind, Unpriced

NAME = "cross_venue_basis"

Score = Annotated[float, Field(ge=1, le=10)]


class VolatilityMultiplier(Value):
    """What a venue pair's score is multiplied with: volatility over its reference, within these bounds."""

    reference_bps: Annotated[float, Field(gt=0)]
    """Of one-minute log returns."""
    least: Annotated[float, Field(gt=0)]
    most: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _ascends(self) -> Self:
        if self.least > self.most:
            raise ValueError(f"least {self.least} is above most {self.most}: pass them in ascending order")
        return self

    def of(self, volatility_bps: float | None) -> float:
        """Return the multiplier; the highest of a volatility that is not known."""
        return (
            self.most
            if volatility_bps is None
            else min(max(volatility_bps / self.reference_bps, self.least), self.most)
        )


class CrossVenueBasisParameters(StrategyParameters):
    """Thresholds in percent: of the basis, of yields on notional, and of a year's return."""

    enter_basis_pct: Annotated[float, Field(gt=0, le=50)]
    exit_basis_pct: Percent
    enter_net_yield_pct: Percent
    expected_return_min_pct: Annotated[float, Field(ge=0, le=1000)]
    holding_max_days: Annotated[float, Field(gt=0, le=365)]
    short_margin_fraction: Annotated[float, Field(ge=0, le=1)]
    venue_risk_scores: Mapping[str, Score]
    unknown_venue_risk_score: Score
    volatility_multiplier: VolatilityMultiplier

    @property
    def yield_horizon_h(self) -> float:
        return self.holding_max_days * 24

    @model_validator(mode="after")
    def _exits_below_its_entry(self) -> Self:
        if self.exit_basis_pct >= self.enter_basis_pct:
            raise ValueError(
                f"exit_basis_pct {self.exit_basis_pct} is not below enter_basis_pct {self.enter_basis_pct}: it would "
                "leave what it just entered"
            )
        return self


class CrossVenueBasis:
    """The premium of one venue's perpetual over another venue's spot, until it has gone."""

    name = NAME

    def __init__(self, parameters: CrossVenueBasisParameters, shared: SharedParameters) -> None:
        self._parameters = parameters
        self._costs = shared.costs
        self._intervals_max = shared.funding_forecast.intervals_max
        self._horizon = timedelta(days=parameters.holding_max_days)
        self._apr_per_yield = 365 / parameters.holding_max_days / (1 + parameters.short_margin_fraction)

    def candidates(self, universe: Universe) -> Iterator[Candidate]:
        """Return each asset's spot at one venue against its perpetual at each other venue."""
        if not self._parameters.enabled:
            return
        lines: dict[str, list[UniverseAsset]] = defaultdict(list)
        for line in universe.assets:
            lines[line.asset].append(line)
        for asset, of_asset in lines.items():
            for bought, sold in permutations(of_asset, 2):
                if sold.hedge.kind is InstrumentKind.LINEAR_PERPETUAL and bought.venue != sold.venue:
                    tier = max(bought.tier, sold.tier)
                    yield self.held_candidate(HeldLegs(asset, tier, asset, bought.spot, sold.hedge))

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return the pair of venues, with the fees of both legs in and out."""
        return candidate_of(NAME, held, self._costs.exit_order)

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: the basis must pass by itself, its net yield too, and the year's return they make."""
        outlook = market.fresh_outlook(candidate.short_id, now)
        priced = price_entry(candidate, market, notional_usd, self._costs.safety_buffer, now)
        if isinstance(priced, Unpriced):
            return priced
        if outlook is None:
            return Unpriced(f"funding of {candidate.short_id.symbol} is unknown or stale")
        funding = outlook.expected_over(self._horizon, now, self._intervals_max)
        yearly = expected_annual_return(
            basis=priced.basis,
            funding_rate=outlook.expected_rate_per_interval,
            intervals=outlook.settlements_within(self._horizon, now, self._intervals_max),
            days=self._parameters.holding_max_days,
        )
        return Edge(
            *priced,
            expected_funding=funding,
            net_apr=(priced.net_yield + funding) * self._apr_per_yield,
            why_not=self._why_not(priced.basis, priced.net_yield + funding, yearly),
            risk_score=self._risk_score(candidate, market),
        )

    def exit(self, candidate: Candidate, market: MarketView, held: Held, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: the basis that is left is what is decided on; it was entered for the basis alone."""
        priced = price_exit(candidate, market, held, now)
        if isinstance(priced, Unpriced):
            return priced
        outlook = market.fresh_outlook(candidate.short_id, now)
        left = priced.premium < self._parameters.exit_basis_pct / 100
        close = CloseReason.CONVERGED if left else None
        if now - held.since >= self._horizon:
            close = CloseReason.AGE
        return EdgeLeft(
            priced.long_price,
            priced.short_price,
            priced.premium,
            self._funding(outlook, now),
            priced.carried_quantity,
            close=close,
        )

    def _funding(self, outlook: FundingOutlook | None, now: datetime) -> float | None:
        return None if outlook is None else outlook.expected_over(self._horizon, now, self._intervals_max)

    def _why_not(self, basis: float, total_yield: float, yearly: float) -> str | None:
        parameters = self._parameters
        if basis <= parameters.enter_basis_pct / 100:
            return f"basis {basis:.4%} is not above the entry's {parameters.enter_basis_pct:g} %"
        if total_yield < parameters.enter_net_yield_pct / 100:
            return f"net yield {total_yield:.4%} is below the entry's {parameters.enter_net_yield_pct:g} %"
        if yearly < parameters.expected_return_min_pct / 100:
            return f"expected return {yearly:.2%} a year is below {parameters.expected_return_min_pct:g} %"
        return None

    def _risk_score(self, candidate: Candidate, market: MarketView) -> float:
        """Return the mean of both venues' scores × the volatility multiplier."""
        parameters = self._parameters
        scores = [
            parameters.venue_risk_scores.get(each.venue, parameters.unknown_venue_risk_score)
            for each in (candidate.long_id, candidate.short_id)
        ]
        volatility = market.volatility_bps(candidate.long_id)
        return sum(scores) / len(scores) * parameters.volatility_multiplier.of(volatility)


def expected_annual_return(*, basis: float, funding_rate: float, intervals: int, days: float) -> float:
    """Return (1 + |basis| + (1 + f)^n - 1)^(365 / days) - 1: what a year of such holdings would make, compounded.

    `funding_rate` f is signed by the side held: positive is received, over `intervals` n settlements in `days`.
    """
    gained: float = abs(basis) + (1 + funding_rate) ** intervals - 1
    yearly: float = (1 + gained) ** (365 / days) - 1
    return yearly


def _refuse_losing_thresholds(parameters: CrossVenueBasisParameters, shared: SharedParameters) -> None:
    refuse_losing_thresholds(NAME, parameters.enter_net_yield_pct, parameters.exit_basis_pct, shared.costs)


KIND = StrategyKind(NAME, CrossVenueBasisParameters, CrossVenueBasis, check=_refuse_losing_thresholds)
