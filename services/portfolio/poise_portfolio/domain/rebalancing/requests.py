"""What is asked of risk for a trade, priced on the newest books."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from poise_common.contracts.legs import Legs, LegTerms, money, ordered_legs
from poise_common.contracts.message import Hop
from poise_common.contracts.packages import (
    CandidateEvaluated,
    ClosePackage,
    CloseReason,
    OpenPackage,
    PackageAction,
)
from poise_common.contracts.round_trip_fees import round_trip_fees
from poise_common.contracts.state import HeldPackage
from poise_common.domain.hedged_quantities import LegQuantities, opening_quantities, part_to_close
from poise_common.domain.ids import derived_id
from poise_common.domain.instruments import Instrument, InstrumentId, InstrumentKind
from poise_common.domain.net_yield import entry_yield, trade_through
from poise_common.domain.order_books import InsufficientDepth
from poise_portfolio.domain.follower import STAGE
from poise_portfolio.domain.rebalancing.markets import Markets
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.rebalancing.records import RebalancingPlan, Trade


@dataclass(frozen=True, slots=True)
class Occasion:
    """For which try of which trade something is asked, and when: a repeat has the same id."""

    plan: RebalancingPlan
    trade: Trade
    now: datetime
    expires_after: timedelta

    @property
    def request_id(self) -> UUID:
        return derived_id(self.plan.plan_id, "trade", str(self.trade.number), str(self.trade.tries))

    def envelope(self) -> dict[str, Any]:
        """Return the fields that every request has; its trace is the plan's."""
        return {
            "id": self.request_id,
            "trace_id": self.plan.plan_id,
            "hops": (Hop(stage=STAGE, at=self.now),),
            "requested_at": self.now,
            "expires_at": self.now + self.expires_after,
        }


class Requests:
    """Makes requests, or says why there is none now."""

    def __init__(self, parameters: RebalancerParameters, markets: Markets) -> None:
        self._parameters = parameters
        self._markets = markets

    def sell(self, package: HeldPackage, occasion: Occasion) -> ClosePackage | str:
        """Ask for a package to be closed down to the trade's goal: the same quantity off both legs."""
        legs = self._closing_legs(package, occasion.trade.goal_usd, occasion.now)
        if isinstance(legs, str):
            return legs
        return ClosePackage(
            **occasion.envelope(),
            package_id=package.package_id,
            strategy=package.strategy,
            asset=package.asset,
            reason=CloseReason.REBALANCE,
            edge_left=None,
            style=self._parameters.selling.order_style,
            long_leg=legs.long,
            short_leg=legs.short,
        )

    def buy(self, candidate: CandidateEvaluated, missing_usd: Decimal, occasion: Occasion) -> OpenPackage | str:
        """Ask for a package of a candidate, where it earns enough on the newest books at that size.

        Net APR is what signals told of the candidate; of one that is held it tells none, so that the yield itself
        stands for it: that says too little and never too much.
        """
        pair = self._markets.pair(candidate.asset, candidate.long_venue)
        if pair is None:
            return "it is not in the universe"
        if (pair.spot.kind, pair.hedge.kind) != (InstrumentKind.SPOT, InstrumentKind.LINEAR_PERPETUAL):
            return "only spot against its linear perpetual is bought"
        priced = self._entry(pair.spot, pair.hedge, missing_usd, occasion.now)
        if isinstance(priced, str):
            return priced
        legs, net_yield = priced
        expected_funding = candidate.expected_funding or 0.0
        total, least = net_yield + expected_funding, self._parameters.buying.net_yield_min_pct / 100
        if total < least:
            return f"its net yield {total:.3%} is below the {least:.3%} that a purchase wants"
        if legs.exposure_usd < self._parameters.bands.min_trade_usd:
            return f"${legs.exposure_usd:,.0f} is less than is worth a trade"
        net_apr = money(total if candidate.net_apr is None else candidate.net_apr)
        return OpenPackage(
            **occasion.envelope(),
            package_id=derived_id(occasion.request_id, "package"),
            strategy=candidate.strategy,
            asset=candidate.asset,
            tier=pair.tier,
            long_leg=legs.long,
            short_leg=legs.short,
            net_yield=money(net_yield),
            expected_funding=money(expected_funding),
            net_apr=net_apr,
            edge_score=net_apr,
        )

    def _closing_legs(self, package: HeldPackage, goal_usd: Decimal, now: datetime) -> Legs | str:
        long_id = InstrumentId(package.long_leg.venue, package.long_leg.symbol)
        short_id = InstrumentId(package.short_leg.venue, package.short_leg.symbol)
        long, short = self._markets.instrument(long_id), self._markets.instrument(short_id)
        if long is None or short is None:
            return "its instruments left the universe"
        long_book, short_book = self._markets.fresh_book(long_id, now), self._markets.fresh_book(short_id, now)
        if long_book is None or short_book is None:
            return "its order books are missing or stale"
        held = LegQuantities(abs(package.long_leg.quantity), abs(package.short_leg.quantity))
        share = 1 - goal_usd / package.exposure_usd
        prices = money(long_book.bids[0].price), money(short_book.asks[0].price)
        quantities = part_to_close(long, short, held, share, prices, hedge=package.hedge)
        if quantities is None:
            return "what is to be sold of it is too little to trade"
        long_sale = trade_through(long_book.bids, float(quantities.long))
        short_purchase = trade_through(short_book.asks, float(quantities.short))
        if long_sale is None or short_purchase is None:
            return "there is nobody to trade with"
        return ordered_legs(
            PackageAction.CLOSE,
            LegTerms(long, quantities.long, long_sale.price, long_book.received_at),
            LegTerms(short, quantities.short, short_purchase.price, short_book.received_at),
            self._parameters.selling.collar_bps,
        )

    def _entry(
        self, long: Instrument, short: Instrument, notional_usd: Decimal, now: datetime
    ) -> tuple[Legs, float] | str:
        long_book, short_book = self._markets.fresh_book(long.id, now), self._markets.fresh_book(short.id, now)
        if long_book is None or short_book is None:
            return "its order books are missing or stale"
        buying = self._parameters.buying
        fees = round_trip_fees(long, short, buying.exit_order).total
        buffer = buying.safety_buffer_bps / 10_000
        priced = entry_yield(long_book.asks, short_book.bids, float(notional_usd), fees, buffer)
        if isinstance(priced, InsufficientDepth):
            return f"its books carry ${priced.available_usd:,.0f} of ${priced.wanted_usd:,.0f}"
        quantities = opening_quantities(long, short, notional_usd, money(priced.long_price), money(priced.short_price))
        legs = ordered_legs(
            PackageAction.OPEN,
            LegTerms(long, quantities.long, priced.long_price, long_book.received_at),
            LegTerms(short, quantities.short, priced.short_price, short_book.received_at),
            buying.collar_bps,
        )
        return legs if isinstance(legs, str) else (legs, priced.net_yield)
