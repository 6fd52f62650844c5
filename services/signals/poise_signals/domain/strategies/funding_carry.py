"""Funding carry: long spot, short the perpetual of the same asset at the same venue.

Forward only: the reverse needs borrowed spot, and no venue has borrowing configured.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.contracts.packages import CloseReason, OrderStyle
from poise_common.contracts.round_trip_fees import round_trip_fees
from poise_common.domain.instruments import InstrumentKind
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.parameters import Percent, SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, candidate_of
from poise_signals.domain.strategy.economics import refuse_losing_thresholds, round_trip_at_thresholds
from poise_signals.domain.strategy.pricing import price_entry, price_exit
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, StrategyKind, Unpriced

NAME = "funding_carry"
_YEAR_H = 365 * 24


class FundingCarryParameters(StrategyParameters):
    """Thresholds as yields on notional, in percent."""

    enter_net_yield_pct: Percent
    exit_edge_left_pct: Percent
    holding_horizon_h: Annotated[float, Field(gt=0)]
    short_margin_fraction: Annotated[float, Field(ge=0, le=1)]

    @property
    def yield_horizon_h(self) -> float:
        return self.holding_horizon_h


class FundingCarry:
    """Net yield of the basis plus the funding expected over the holding horizon.

    Funding counts with its sign on the way in and on the way out, so that thresholds mean the same both times. Basis
    alone may pay: a package that expects to converge needs no funding, and leaves when it has converged.
    """

    name = NAME

    def __init__(self, parameters: FundingCarryParameters, shared: SharedParameters) -> None:
        self._enabled = parameters.enabled
        self._costs = shared.costs
        self._enter_yield_min = parameters.enter_net_yield_pct / 100
        self._exit_edge_min = parameters.exit_edge_left_pct / 100
        self._horizon = timedelta(hours=parameters.holding_horizon_h)
        self._intervals_max = shared.funding_forecast.intervals_max
        self._apr_per_yield = _YEAR_H / parameters.holding_horizon_h / (1 + parameters.short_margin_fraction)

    def candidates(self, universe: Universe) -> Iterator[Candidate]:
        """Return spot against its linear perpetual; other hedges belong to other strategies."""
        if not self._enabled:
            return
        for asset in universe.assets:
            if asset.spot.kind is InstrumentKind.SPOT and asset.hedge.kind is InstrumentKind.LINEAR_PERPETUAL:
                yield self.held_candidate(_legs_of(asset))

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return the pair with its fees, refused for entry where the venue's schedule eats the thresholds."""
        long, short = held.long_instrument, held.short_instrument
        result = round_trip_at_thresholds(
            enter_net_yield=self._enter_yield_min,
            exit_edge_left=self._exit_edge_min,
            safety_buffer=self._costs.safety_buffer.floor_bps / 10_000,
            counted=round_trip_fees(long, short, self._costs.exit_order),
            paid=round_trip_fees(long, short, OrderStyle.IOC),
        )
        refusal = None if result.profit > 0 else f"thresholds lose to the venue's fees: {result}"
        return candidate_of(NAME, held, self._costs.exit_order, refusal)

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: net yield on both books, expected funding of the horizon, and net APR on capital."""
        outlook = market.fresh_outlook(candidate.short_id, now)
        priced = price_entry(candidate, market, notional_usd, self._costs.safety_buffer, now)
        if isinstance(priced, Unpriced):
            return priced
        if outlook is None:
            return Unpriced(f"funding of {candidate.short_id.symbol} is unknown or stale")
        expected_funding = outlook.expected_over(self._horizon, now, self._intervals_max)
        total = priced.net_yield + expected_funding
        enters = total >= self._enter_yield_min
        return Edge(
            *priced,
            expected_funding=expected_funding,
            net_apr=total * self._apr_per_yield,
            why_not=None if enters else f"net yield {total:.4%} is below the entry's {self._enter_yield_min:.2%}",
        )

    def exit(self, candidate: Candidate, market: MarketView, held: Held, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: what premium is left on exit prices, and the funding still to come over the horizon."""
        priced = price_exit(candidate, market, held, now)
        if isinstance(priced, Unpriced):
            return priced
        outlook = market.fresh_outlook(candidate.short_id, now)
        expected = None if outlook is None else outlook.expected_over(self._horizon, now, self._intervals_max)
        is_over = expected is not None and priced.premium + expected < self._exit_edge_min
        return EdgeLeft(
            priced.long_price,
            priced.short_price,
            priced.premium,
            expected,
            priced.carried_quantity,
            close=CloseReason.CONVERGED if is_over else None,
        )


def _legs_of(asset: UniverseAsset) -> HeldLegs:
    return HeldLegs(asset.asset, asset.tier, f"{asset.asset}@{asset.venue}", asset.spot, asset.hedge)


def _refuse_losing_thresholds(parameters: FundingCarryParameters, shared: SharedParameters) -> None:
    refuse_losing_thresholds(NAME, parameters.enter_net_yield_pct, parameters.exit_edge_left_pct, shared.costs)


KIND = StrategyKind(NAME, FundingCarryParameters, FundingCarry, check=_refuse_losing_thresholds)
