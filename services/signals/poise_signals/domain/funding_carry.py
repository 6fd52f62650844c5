"""Funding carry: long spot, short the perpetual of the same asset at the same venue.

Forward only: the reverse needs borrowed spot, and no venue has borrowing configured.
"""

from datetime import datetime, timedelta

from poise_common.contracts.market_data import OrderBook, UniverseAsset
from poise_common.contracts.packages import OrderStyle
from poise_common.contracts.round_trip_fees import round_trip_fees
from poise_common.domain.instruments import Instrument, InstrumentId, InstrumentKind
from poise_common.domain.net_yield import entry_yield, exit_premium
from poise_common.domain.order_books import InsufficientDepth
from poise_signals.domain.candidates import Candidate, CandidateKey
from poise_signals.domain.economics import round_trip_at_thresholds
from poise_signals.domain.market_view import MarketView
from poise_signals.domain.parameters import (
    CostParameters,
    FundingCarryParameters,
    FundingForecastParameters,
    StrategyName,
)
from poise_signals.domain.strategy import Edge, EdgeLeft, Unpriced
from poise_signals.domain.volatility import safety_buffer

_YEAR_H = 365 * 24


class FundingCarry:
    """Net yield of the basis plus the funding expected over the holding horizon.

    Funding counts with its sign on the way in and on the way out, so that thresholds mean the same both times. Basis
    alone may pay: a package that expects to converge needs no funding, and leaves when it has converged.
    """

    def __init__(
        self, parameters: FundingCarryParameters, costs: CostParameters, forecast: FundingForecastParameters
    ) -> None:
        self._enabled = parameters.enabled
        self._costs = costs
        self._enter_yield_min = parameters.enter_net_yield_pct / 100
        self._exit_edge_min = parameters.exit_edge_left_pct / 100
        self._horizon = timedelta(hours=parameters.holding_horizon_h)
        self._intervals_max = forecast.intervals_max
        self._apr_per_yield = _YEAR_H / parameters.holding_horizon_h / (1 + parameters.short_margin_fraction)

    @property
    def name(self) -> str:
        return StrategyName.FUNDING_CARRY.value

    @property
    def enter_yield_min(self) -> float:
        return self._enter_yield_min

    @property
    def exit_edge_min(self) -> float:
        return self._exit_edge_min

    def candidate(self, asset: UniverseAsset) -> Candidate | None:
        """Return spot against its linear perpetual; other hedges belong to other strategies."""
        if (
            not self._enabled
            or asset.spot.kind is not InstrumentKind.SPOT
            or asset.hedge.kind is not InstrumentKind.LINEAR_PERPETUAL
        ):
            return None
        return self.held_candidate(asset.asset, asset.venue, asset.tier, asset.spot, asset.hedge)

    def held_candidate(self, asset: str, venue: str, tier: int, long: Instrument, short: Instrument) -> Candidate:
        """Return the pair with its fees, refused for entry where the venue's schedule eats the thresholds."""
        counted = round_trip_fees(long, short, self._costs.exit_order)
        result = round_trip_at_thresholds(
            enter_net_yield=self._enter_yield_min,
            exit_edge_left=self._exit_edge_min,
            safety_buffer=self._costs.safety_buffer.floor_bps / 10_000,
            counted=counted,
            paid=round_trip_fees(long, short, OrderStyle.IOC),
        )
        return Candidate(
            key=CandidateKey(self.name, asset, venue),
            tier=tier,
            long_instrument=long,
            short_instrument=short,
            fees=counted,
            refusal=None if result.profit > 0 else f"thresholds lose to the venue's fees: {result}",
        )

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: net yield on both books, expected funding of the horizon, and net APR on capital."""
        books = _fresh_books(candidate, market, now)
        if isinstance(books, Unpriced):
            return books
        long_book, short_book = books
        outlook = market.fresh_outlook(candidate.short_id, now)
        if outlook is None:
            return Unpriced(f"funding of {candidate.short_id.symbol} is unknown or stale")
        buffer = safety_buffer(market.volatility_bps(candidate.long_id), self._costs.safety_buffer)
        priced = entry_yield(long_book.asks, short_book.bids, notional_usd, candidate.fees.total, buffer)
        if isinstance(priced, InsufficientDepth):
            return Unpriced(f"insufficient depth: {priced.available_usd:.0f} of {priced.wanted_usd:.0f} USD")
        expected_funding = outlook.expected_over(self._horizon, now, self._intervals_max)
        return Edge(
            *priced,
            expected_funding=expected_funding,
            net_apr=(priced.net_yield + expected_funding) * self._apr_per_yield,
        )

    def exit(self, candidate: Candidate, market: MarketView, quantity: float, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: what premium is left on exit prices, and the funding still to come over the horizon."""
        books = _fresh_books(candidate, market, now)
        if isinstance(books, Unpriced):
            return books
        long_book, short_book = books
        priced = exit_premium(long_book.bids, short_book.asks, quantity)
        if priced is None:
            return Unpriced("insufficient depth: a side of the exit is empty")
        outlook = market.fresh_outlook(candidate.short_id, now)
        return EdgeLeft(
            priced.long_price,
            priced.short_price,
            priced.premium,
            None if outlook is None else outlook.expected_over(self._horizon, now, self._intervals_max),
            priced.carried_quantity,
        )


def _fresh_books(candidate: Candidate, market: MarketView, now: datetime) -> tuple[OrderBook, OrderBook] | Unpriced:
    long_book = market.fresh_book(candidate.long_id, now)
    if long_book is None:
        return _no_book(candidate.long_id)
    short_book = market.fresh_book(candidate.short_id, now)
    if short_book is None:
        return _no_book(candidate.short_id)
    return long_book, short_book


def _no_book(instrument: InstrumentId) -> Unpriced:
    return Unpriced(f"order book of {instrument.symbol} is missing or stale")
