"""What `config/strategies.yaml` may say: typed, with units, refused as a whole where its economics can't work."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.packages import OrderStyle
from poise_common.contracts.round_trip_fees import RoundTripFees
from poise_common.domain.value import Value
from poise_signals.domain.economics import round_trip_at_thresholds

Seconds = Annotated[float, Field(gt=0, le=86_400)]
Percent = Annotated[float, Field(ge=-5, le=5)]
FeePercent = Annotated[Decimal, Field(ge=Decimal(-1), le=Decimal(1))]
BasisPoints = Annotated[float, Field(ge=0, le=500)]


class TimingParameters(Value):
    """When an input is too old, and how long to wait before asking again."""

    books_stale_after_s: Seconds
    funding_stale_after_intervals: Annotated[float, Field(gt=0, le=10)]
    state_stale_after_s: Seconds
    announce_every_s: Seconds
    request_expires_after_s: Seconds
    ask_again_after_s: Seconds
    retry_after_rejection_s: Seconds
    retry_after_abort_s: Seconds
    retry_after_partial_close_s: Seconds
    reentry_after_close_s: Seconds
    reentry_after_rebalance_s: Seconds
    clear_rise_bps: BasisPoints

    @model_validator(mode="after")
    def _a_request_dies_before_it_is_repeated(self) -> Self:
        if self.request_expires_after_s >= self.ask_again_after_s:
            raise ValueError(
                f"request_expires_after_s {self.request_expires_after_s} would leave two requests of one package "
                f"alive at once: pass less than ask_again_after_s {self.ask_again_after_s}"
            )
        return self


class SizingParameters(Value):
    """How large a package is asked for, and how far from its decision price an order may fill."""

    target_equity_pct: Annotated[Decimal, Field(gt=0, le=25)]
    min_usd: Annotated[Decimal, Field(gt=0)]
    max_usd: Annotated[Decimal, Field(gt=0)]
    collar_bps: Annotated[Decimal, Field(gt=0, le=50)]

    @model_validator(mode="after")
    def _min_is_below_max(self) -> Self:
        if self.min_usd > self.max_usd:
            raise ValueError(f"min_usd {self.min_usd} is above max_usd {self.max_usd}: no size would pass")
        return self


class SafetyBufferParameters(Value):
    """How much yield is kept back: `usual_bps` at the reference volatility or an unknown one, more when it is higher.

    Volatility is the standard deviation of one-minute log returns, in bps.
    """

    floor_bps: BasisPoints
    usual_bps: BasisPoints
    ceiling_bps: BasisPoints
    reference_volatility_bps: Annotated[float, Field(gt=0)]
    volatility_half_life_minutes: Annotated[float, Field(gt=0)]
    volatility_min_returns: Annotated[int, Field(ge=2)]

    @model_validator(mode="after")
    def _floor_usual_ceiling_ascend(self) -> Self:
        if not self.floor_bps <= self.usual_bps <= self.ceiling_bps:
            raise ValueError(
                f"floor_bps {self.floor_bps}, usual_bps {self.usual_bps}, ceiling_bps {self.ceiling_bps}: "
                "pass them in ascending order"
            )
        return self


class CostParameters(Value):
    """What a round trip costs where the venue's own schedule is not at hand, and what is kept back."""

    exit_order: OrderStyle
    fallback_taker_fee_pct: FeePercent
    fallback_maker_fee_pct: FeePercent
    safety_buffer: SafetyBufferParameters

    def fallback_fees(self, exit_order: OrderStyle) -> RoundTripFees:
        """Return the fees of a round trip on the fallback schedule, both legs alike."""
        taker, maker = float(self.fallback_taker_fee_pct) / 100, float(self.fallback_maker_fee_pct) / 100
        leaving = taker if exit_order is OrderStyle.IOC else maker
        return RoundTripFees(taker, taker, leaving, leaving)


class FundingForecastParameters(Value):
    """How settled funding rates become an expectation."""

    half_life_intervals: Annotated[float, Field(gt=0)]
    prior_observations: Annotated[float, Field(ge=0)]
    intervals_max: Annotated[int, Field(ge=0)]


class FundingCarryParameters(Value):
    """The funding-carry strategy: thresholds as yields on notional, in percent."""

    enabled: bool
    enter_net_yield_pct: Percent
    exit_edge_left_pct: Percent
    holding_horizon_h: Annotated[float, Field(gt=0)]
    short_margin_fraction: Annotated[float, Field(ge=0, le=1)]


class StrategyName(StrEnum):
    FUNDING_CARRY = "funding_carry"


class StrategiesConfig(Value):
    """The whole of `config/strategies.yaml`."""

    timing: TimingParameters
    sizing: SizingParameters
    costs: CostParameters
    funding_forecast: FundingForecastParameters
    funding_carry: FundingCarryParameters

    @model_validator(mode="after")
    def _thresholds_earn_their_fees(self) -> Self:
        carry = self.funding_carry
        result = round_trip_at_thresholds(
            enter_net_yield=carry.enter_net_yield_pct / 100,
            exit_edge_left=carry.exit_edge_left_pct / 100,
            safety_buffer=self.costs.safety_buffer.floor_bps / 10_000,
            counted=self.costs.fallback_fees(self.costs.exit_order),
            paid=self.costs.fallback_fees(OrderStyle.IOC),
        )
        if result.profit <= 0:
            raise ValueError(
                f"funding_carry: a package that enters and leaves exactly at its thresholds loses money after all "
                f"fees: {result}; an enter_net_yield_pct above "
                f"{(carry.enter_net_yield_pct / 100 - result.profit) * 100:.4f} would pass"
            )
        return self
