"""What `config/strategies.yaml` says for all strategies: typed, with units."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.contracts.packages import OrderStyle
from poise_common.contracts.round_trip_fees import RoundTripFees
from poise_common.domain.value import Value

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


class KellyParameters(Value):
    """What part of Kelly's stake is aimed at, by the strategy's own settled packages once there are enough."""

    fraction: Annotated[float, Field(gt=0, le=1)]
    max_equity_pct: Annotated[float, Field(gt=0, le=25)]
    settled_min: Annotated[int, Field(ge=1)]
    """Until so many have settled, the prior stands."""
    prior_win_probability: Annotated[float, Field(gt=0, lt=1)]
    prior_win_loss_ratio: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _the_prior_stakes_something(self) -> Self:
        p, b = self.prior_win_probability, self.prior_win_loss_ratio
        if p - (1 - p) / b <= 0:
            raise ValueError(
                f"prior_win_probability {p} at prior_win_loss_ratio {b} stakes nothing, so that no strategy could ever "
                f"begin: above {1 / (1 + b):.4f} would pass"
            )
        return self


class SizingParameters(Value):
    """How large a package is asked for, and how far from its decision price an order may fill."""

    kelly: KellyParameters
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


class HistoryParameters(Value):
    """How much of the past is kept of each instrument."""

    hours_kept: Annotated[int, Field(ge=48, le=2_160)]


class CrossAssetParameters(Value):
    """What is made of how assets move beside each other."""

    benchmark: str
    """The asset that others are held against, and whose stress spreads to them."""
    correlation_shift_max: Annotated[float, Field(gt=0, le=2)]
    """|Of 24 h − of 90 days| of a package's two assets; beyond it nothing is entered across them."""
    correlation_age_max_s: Annotated[float, Field(gt=0)]
    sector_momentum_h: Annotated[int, Field(ge=1, le=2_160)]
    confidence_per_sector_lead: Annotated[float, Field(ge=0, le=100)]
    """By how much confidence rises for each unit that the long leg's sector returned more than the short leg's."""
    confidence_change_max: Annotated[float, Field(ge=0, lt=1)]


class SharedParameters(Value):
    """What all strategies have in common."""

    timing: TimingParameters
    sizing: SizingParameters
    costs: CostParameters
    funding_forecast: FundingForecastParameters
    histories: HistoryParameters
    cross_asset: CrossAssetParameters


class StrategyParameters(Value):
    """The block of one strategy in `config/strategies.yaml`."""

    enabled: bool
    """Off: nothing is entered; what it holds is still watched and closed."""

    @property
    def yield_horizon_h(self) -> float | None:
        """Return the hours over which a yield at entry is expected; None where they differ by candidate."""
        return None
