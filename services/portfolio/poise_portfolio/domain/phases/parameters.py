"""What of phases can be tuned: when the desk is looked at, and what each gate asks for."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from poise_common.domain.value import Value

FIRST_PHASE, LAST_PHASE = 0, 3

Seconds = Annotated[float, Field(gt=0)]
Share = Annotated[Decimal, Field(gt=0, le=100)]
Assets = Annotated[tuple[str, ...], Field(min_length=1)]


class ToPhase1(Value):
    """What BTC alone must have shown; drawdown, locks and uptime are asked for as long as the desk is in 1 or above."""

    profitable_months: Annotated[int, Field(ge=1)]
    assets: Assets
    drawdown_max_pct: Share
    uptime_min_pct: Share
    uptime_days: Annotated[int, Field(ge=1)]
    """Down for longer than the rest of so many days leaves, the desk goes back."""
    lock_lasts_max_h: Seconds
    """A lock that nobody ends for so long is a breach."""
    recommended_sharpe: float
    recommended_win_rate_pct: Share

    @property
    def down_max(self) -> timedelta:
        """How long the desk may be down in `uptime_days`."""
        return timedelta(days=self.uptime_days) * float(100 - self.uptime_min_pct) / 100

    @property
    def lock_lasts_max(self) -> timedelta:
        return timedelta(hours=self.lock_lasts_max_h)


class ToPhase2(Value):
    """What two assets must have shown; matrices and limits are asked for as long as the desk is in 2 or above."""

    profitable_months: Annotated[int, Field(ge=1)]
    assets: Assets
    matrix_max_age_s: Annotated[Mapping[str, Seconds], Field(min_length=1)]
    """By window: a matrix whose newest bar ended longer ago is stale."""
    fresh_matrices_min_pct: Share
    matrices_stale_max_h: Seconds
    """Stale for longer at a stretch is a breach."""
    portfolio_limits: Annotated[tuple[str, ...], Field(min_length=1)]
    """Those of risk's limits that must not be breached."""
    breach_tolerance_pct: Annotated[Decimal, Field(ge=0)]
    """So much beyond what is allowed is what prices do to a package that was within its limits when it was opened."""
    breach_lasts_s: Seconds
    """What risk brings back sooner is no breach."""
    recommended_sharpe: float
    recommended_profitable_assets: tuple[str, ...]


class ToPhase3(Value):
    """What several assets must have shown; sizes are asked for as long as the desk is in 3."""

    stable_months: Annotated[int, Field(ge=1)]
    assets: Assets
    stable_assets_min: Annotated[int, Field(ge=1)]
    stable_month_loss_max_pct: Annotated[Decimal, Field(ge=0, le=100)]
    """Of equity as the month began; a month in which an asset lost more, or was not traded, is not stable."""
    slot_limits: Annotated[tuple[str, ...], Field(min_length=1)]
    """A request that one of these turned down has shown the slot rule at work."""
    sizing_limits: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.stable_assets_min > len(self.assets):
            raise ValueError(
                f"stable_assets_min {self.stable_assets_min} is more than the {len(self.assets)} assets"
                f" {', '.join(self.assets)}; up to {len(self.assets)} passes"
            )
        return self


class PhasesParameters(Value):
    """The whole section."""

    initial: Annotated[int, Field(ge=FIRST_PHASE, le=LAST_PHASE)]
    state_interval_s: Seconds
    watch_interval_s: Seconds
    store_interval_s: Seconds
    gap_max_s: Seconds
    """Nothing for longer: the service was away."""
    risk_silent_after_s: Seconds
    execution_silent_after_s: Seconds
    to_phase_1: ToPhase1
    to_phase_2: ToPhase2
    to_phase_3: ToPhase3

    @model_validator(mode="after")
    def _looks_before_it_is_away(self) -> Self:
        if self.watch_interval_s > self.store_interval_s:
            raise ValueError(
                f"store_interval_s {self.store_interval_s:g} is less than watch_interval_s {self.watch_interval_s:g}:"
                f" there would be nothing new to store; at least {self.watch_interval_s:g} passes"
            )
        return self
