"""Cash and carry: long spot, short a dated future of the same asset at the same venue, whose basis goes to zero.

One package an asset: of its expiries the one that earns most a year, net of costs, is entered.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import Universe
from poise_common.contracts.packages import CloseReason
from poise_common.domain.instruments import InstrumentKind
from poise_common.domain.net_yield import trade_through
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.market.volatility import safety_buffer
from poise_signals.domain.parameters import Percent, SharedParameters, StrategyParameters
from poise_signals.domain.strategy.candidates import Candidate, HeldLegs, candidate_of
from poise_signals.domain.strategy.economics import refuse_losing_thresholds
from poise_signals.domain.strategy.pricing import price_entry, price_exit
from poise_signals.domain.strategy.protocol import Edge, EdgeLeft, Held, RollEdge, StrategyKind, Unpriced

NAME = "cash_and_carry"
_YEAR = timedelta(days=365)


class CashAndCarryParameters(StrategyParameters):
    """Thresholds as yields on notional, in percent; net APR in percent a year on the capital tied up."""

    enter_net_yield_pct: Percent
    enter_net_apr_pct: Annotated[float, Field(ge=0, le=1000)]
    exit_edge_left_pct: Percent
    days_to_expiry_min: Annotated[float, Field(gt=0, le=365)]
    """Nothing is opened nearer to its expiry."""
    leave_before_expiry_h: Annotated[float, Field(ge=0)]
    """What is held is closed this long before its expiry; 0 leaves that to risk's own watch."""
    roll_before_expiry_h: Annotated[float, Field(ge=0)]
    """So long before its expiry, until it is left, what is held is rolled into a later one if that pays; 0: never."""
    roll_net_yield_pct: Percent
    short_margin_fraction: Annotated[float, Field(ge=0, le=1)]

    @model_validator(mode="after")
    def _rolls_before_it_leaves(self) -> Self:
        if 0 < self.roll_before_expiry_h <= self.leave_before_expiry_h:
            raise ValueError(
                f"roll_before_expiry_h {self.roll_before_expiry_h:g} leaves no time to roll before what is held is "
                f"closed: more than leave_before_expiry_h {self.leave_before_expiry_h:g} passes, or 0 to roll nothing"
            )
        return self

    @model_validator(mode="after")
    def _enters_before_it_leaves(self) -> Self:
        if self.leave_before_expiry_h >= self.days_to_expiry_min * 24:
            raise ValueError(
                f"leave_before_expiry_h {self.leave_before_expiry_h:g} would close what is opened "
                f"{self.days_to_expiry_min:g} days before its expiry at once: less than "
                f"{self.days_to_expiry_min * 24:g} would pass"
            )
        return self


class CashAndCarry:
    """Net yield of the basis until it has gone; no funding is paid on a dated future."""

    name = NAME

    def __init__(self, parameters: CashAndCarryParameters, shared: SharedParameters) -> None:
        self._enabled = parameters.enabled
        self._costs = shared.costs
        self._enter_yield_min = parameters.enter_net_yield_pct / 100
        self._enter_apr_min = parameters.enter_net_apr_pct / 100
        self._exit_edge_min = parameters.exit_edge_left_pct / 100
        self._time_to_expiry_min = timedelta(days=parameters.days_to_expiry_min)
        self._leave_before = timedelta(hours=parameters.leave_before_expiry_h)
        self._roll_before = timedelta(hours=parameters.roll_before_expiry_h)
        self._roll_yield_min = parameters.roll_net_yield_pct / 100
        self._capital = 1 + parameters.short_margin_fraction

    def candidates(self, universe: Universe) -> Iterator[Candidate]:
        """Return spot against each dated linear future of each asset."""
        if not self._enabled:
            return
        for asset in universe.assets:
            for future in asset.futures:
                if future.kind is InstrumentKind.LINEAR_FUTURE and future.expires_at is not None:
                    slot = f"{asset.asset}@{asset.venue}"
                    yield self.held_candidate(HeldLegs(asset.asset, asset.tier, slot, asset.spot, future))

    def held_candidate(self, held: HeldLegs) -> Candidate:
        """Return spot against one expiry, with the fees of both legs in and out."""
        return candidate_of(NAME, held, self._costs.exit_order)

    def entry(self, candidate: Candidate, market: MarketView, notional_usd: float, now: datetime) -> Edge | Unpriced:
        """Price entering: net yield = basis - fees in and out - buffer, earned by the expiry.

        Net APR = net yield × 365 days / time to expiry / capital per notional.
        """
        left = _time_to_expiry(candidate, now)
        if left <= timedelta():
            return Unpriced(f"{candidate.short_id.symbol} has expired")
        priced = price_entry(candidate, market, notional_usd, self._costs.safety_buffer, now)
        if isinstance(priced, Unpriced):
            return priced
        net_apr = priced.net_yield * (_YEAR / left) / self._capital
        return Edge(
            *priced, expected_funding=0.0, net_apr=net_apr, why_not=self._why_not(priced.net_yield, net_apr, left)
        )

    def exit(self, candidate: Candidate, market: MarketView, held: Held, now: datetime) -> EdgeLeft | Unpriced:
        """Price leaving: what basis is left on exit prices is still to be earned until the expiry."""
        priced = price_exit(candidate, market, held, now)
        if isinstance(priced, Unpriced):
            return priced
        close = CloseReason.CONVERGED if priced.premium < self._exit_edge_min else None
        if _time_to_expiry(candidate, now) <= self._leave_before:
            close = CloseReason.EXPIRY
        return EdgeLeft(
            priced.long_price, priced.short_price, priced.premium, 0.0, priced.carried_quantity, close=close
        )

    def is_to_be_rolled(self, candidate: Candidate, now: datetime) -> bool:
        """Say whether the expiry is near, and not so near that the package is left."""
        return self._leave_before < _time_to_expiry(candidate, now) <= self._roll_before

    def roll(
        self, candidate: Candidate, successor: Candidate, market: MarketView, held: Held, now: datetime
    ) -> RollEdge | Unpriced:
        """Price selling a later expiry and buying the near one back, of all that is short.

        Net yield = (VWAP bid of the far future - VWAP ask of the near one) / middle of spot - both taker fees - buffer.
        Net APR = net yield × 365 days / the time between the expiries / capital per notional.
        """
        longer = _time_to_expiry(successor, now) - _time_to_expiry(candidate, now)
        if longer <= timedelta():
            return Unpriced(f"{successor.short_id.symbol} expires no later")
        near, far = (market.fresh_books(each.long_id, each.short_id, now) for each in (candidate, successor))
        if isinstance(near, str):
            return Unpriced(near)
        if isinstance(far, str):
            return Unpriced(far)
        bought = trade_through(near.short.asks, held.short_quantity)
        sold = trade_through(far.short.bids, held.short_quantity)
        if bought is None or sold is None or min(bought.quantity, sold.quantity) < held.short_quantity:
            return Unpriced("insufficient depth to roll the whole")
        spot_price = (near.long.bids[0].price + near.long.asks[0].price) / 2
        fees = float(candidate.short_instrument.taker_fee + successor.short_instrument.taker_fee)
        kept_back = safety_buffer(market.volatility_bps(candidate.long_id), self._costs.safety_buffer)
        net_yield = (sold.price - bought.price) / spot_price - fees - kept_back
        net_apr = net_yield * (_YEAR / longer) / self._capital
        return RollEdge(
            successor,
            spot_price,
            bought.price,
            sold.price,
            net_yield,
            net_apr,
            why_not=self._why_no_roll(net_yield, net_apr, _time_to_expiry(successor, now)),
        )

    def _why_no_roll(self, net_yield: float, net_apr: float, left: timedelta) -> str | None:
        if left < self._time_to_expiry_min:
            return f"{left / timedelta(days=1):.1f} days to expiry are fewer than {self._time_to_expiry_min.days}"
        if net_yield < self._roll_yield_min:
            return f"a roll's net yield {net_yield:.4%} is below {self._roll_yield_min:.2%}"
        if net_apr < self._enter_apr_min:
            return f"a roll's net APR {net_apr:.2%} is below the entry's {self._enter_apr_min:.2%}"
        return None

    def _why_not(self, net_yield: float, net_apr: float, left: timedelta) -> str | None:
        if left < self._time_to_expiry_min:
            return f"{left / timedelta(days=1):.1f} days to expiry are fewer than {self._time_to_expiry_min.days}"
        if net_yield < self._enter_yield_min:
            return f"net yield {net_yield:.4%} is below the entry's {self._enter_yield_min:.2%}"
        if net_apr < self._enter_apr_min:
            return f"net APR {net_apr:.2%} is below the entry's {self._enter_apr_min:.2%}"
        return None


def _time_to_expiry(candidate: Candidate, now: datetime) -> timedelta:
    expires_at = candidate.short_instrument.expires_at
    return timedelta() if expires_at is None else expires_at - now


def _refuse_losing_thresholds(parameters: CashAndCarryParameters, shared: SharedParameters) -> None:
    refuse_losing_thresholds(NAME, parameters.enter_net_yield_pct, parameters.exit_edge_left_pct, shared.costs)


KIND = StrategyKind(NAME, CashAndCarryParameters, CashAndCarry, check=_refuse_losing_thresholds)
