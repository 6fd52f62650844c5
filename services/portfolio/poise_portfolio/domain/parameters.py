"""What of the portfolio can be tuned: `config/portfolio.yaml`."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from math import ceil
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from poise_common.contracts.market_data import CandleInterval
from poise_common.domain.value import Value
from poise_portfolio.domain.hindsight.parameters import HindsightParameters
from poise_portfolio.domain.performance.parameters import PerformanceParameters
from poise_portfolio.domain.phases.parameters import PhasesParameters
from poise_portfolio.domain.rebalancing.parameters import RebalancerParameters
from poise_portfolio.domain.retention.parameters import RetentionParameters

Seconds = Annotated[float, Field(gt=0)]

LOOKED_BACK_MAX = timedelta(days=1)
"""How far back mean correlations are read after a start."""


class ResidualAlert(Value):
    """From what on the unexplained part of an account is told: either bound suffices."""

    above_usd: Annotated[Decimal, Field(gt=0)]
    above_bps_of_equity: Annotated[Decimal, Field(gt=0)]

    def is_beyond(self, residual_usd: Decimal, equity_usd: Decimal) -> bool:
        """Say whether a residual is beyond one of the bounds."""
        return abs(residual_usd) > min(self.above_usd, abs(equity_usd) * self.above_bps_of_equity / 10_000)


class CorrelationWindow(Value):
    """One rolling window of log returns: of spot prices, or of what the hedge is worth in spot (`spread_returns`)."""

    name: Literal["24h", "90d", "spread_returns"]
    interval: CandleInterval
    bars: Annotated[int, Field(ge=2)]
    min_points: Annotated[int, Field(ge=2)]
    """Returns that a pair must share; below that its correlation is unknown."""

    @model_validator(mode="after")
    def _points_fit_the_window(self) -> Self:
        if self.min_points > self.bars:
            raise ValueError(
                f"min_points {self.min_points} is beyond the window's {self.bars} bars; at most that passes"
            )
        return self

    @property
    def length(self) -> timedelta:
        return timedelta(seconds=self.interval.seconds * self.bars)

    @property
    def is_of_spreads(self) -> bool:
        return self.name == "spread_returns"

    @property
    def candles_needed(self) -> timedelta:
        """How far back candles are needed: the first return's first close, and the bar that still runs."""
        return self.length + timedelta(seconds=2 * self.interval.seconds)


class CorrelationSpikes(Value):
    """From what on assets have begun to move together: what their mean correlation rises by within so many hours."""

    rise_min: Annotated[float, Field(gt=0, le=2)]
    ends_below: Annotated[float, Field(gt=0)]
    within_h: Annotated[float, Field(gt=0, le=LOOKED_BACK_MAX / timedelta(hours=1))]

    @model_validator(mode="after")
    def _what_begins_does_not_end_at_once(self) -> Self:
        if self.ends_below > self.rise_min:
            raise ValueError(
                f"ends_below {self.ends_below} is beyond rise_min {self.rise_min}: a spike would end as it begins;"
                f" at most {self.rise_min} passes"
            )
        return self


class Correlations(Value):
    """How correlation matrices are kept, published and stored."""

    publish_delay_s: Seconds
    repeat_interval_s: Seconds
    store_interval_s: Seconds
    keep_days: Annotated[int, Field(ge=1)]
    candle_rows_per_flush: Annotated[int, Field(ge=1)]
    cluster_rho_min: Annotated[float, Field(gt=0, le=1)]
    spikes: CorrelationSpikes
    windows: Annotated[tuple[CorrelationWindow, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _windows_tell_themselves_apart(self) -> Self:
        names = [window.name for window in self.windows]
        if len(set(names)) < len(names):
            raise ValueError(f"two windows have the same name: {sorted(names)}; each needs its own")
        return self

    @property
    def candles_needed(self) -> Mapping[CandleInterval, timedelta]:
        """How far back the longest window of each interval needs its candles."""
        by_length = sorted(self.windows, key=lambda window: window.candles_needed)
        return {window.interval: window.candles_needed for window in by_length}


class PortfolioParameters(Value):
    """The whole section."""

    usd_stablecoins: Annotated[tuple[str, ...], Field(min_length=1)]
    state_interval_s: Seconds
    snapshot_interval_s: Seconds
    mark_wait_s: Annotated[float, Field(ge=0)]
    book_mark_max_age_s: Seconds
    closed_packages_kept_h: Annotated[float, Field(gt=0)]
    residual_alert: ResidualAlert
    correlations: Correlations
    retention: RetentionParameters
    performance: PerformanceParameters
    hindsight: HindsightParameters
    phases: PhasesParameters
    rebalancing: RebalancerParameters

    @model_validator(mode="after")
    def _candles_are_kept_for_the_windows(self) -> Self:
        for interval, needed in self.correlations.candles_needed.items():
            kept_days, needed_days = self.retention.candles_keep_days[interval], needed / timedelta(days=1)
            if kept_days < needed_days:
                raise ValueError(
                    f"retention.candles_keep_days.{interval.value}: {kept_days} days are less than the"
                    f" {needed_days:.2f} that correlations.windows need; from {ceil(needed_days)} on passes"
                )
        return self

    @model_validator(mode="after")
    def _gates_ask_for_matrices_that_are_made(self) -> Self:
        made = {window.name for window in self.correlations.windows}
        asked = sorted(set(self.phases.to_phase_2.matrix_max_age_s) - made)
        if asked:
            raise ValueError(
                f"phases.to_phase_2.matrix_max_age_s: {', '.join(asked)} is no matrix that is made;"
                f" correlations.windows makes {', '.join(sorted(made))}"
            )
        return self

    @model_validator(mode="after")
    def _models_have_their_closes(self) -> Self:
        models = self.rebalancing.models
        windows = [window for window in self.correlations.windows if not window.is_of_spreads]
        kept = max((window.bars for window in windows if window.interval is models.interval), default=0)
        if models.bars > kept:
            raise ValueError(
                f"rebalancing.models: {models.bars} bars of {models.interval} are wanted, and correlations.windows keep"
                f" {kept} of them; at most that passes, or an interval of a longer window"
            )
        return self
