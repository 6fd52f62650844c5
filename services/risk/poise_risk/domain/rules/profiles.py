"""One whole set of limits, and how a profile inherits from another."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator

from poise_common.domain.value import Value

Percent = Annotated[Decimal, Field(gt=0, le=100)]
Positive = Annotated[Decimal, Field(gt=0)]
_PER_CENT = Decimal(100)


class TierSlots(Value):
    """How the open packages are shared between tiers."""

    reserved_for_tier_1: int = Field(ge=0)
    tier_2_max: int = Field(ge=0)
    tier_3_max: int = Field(ge=0)


class LiquidityRules(Value):
    """How far a book may be from what it usually is for an entry to be made."""

    depth_min_pct: Percent
    spread_max_times: Annotated[Decimal, Field(gt=1)]


class ExitRules(Value):
    """When risk closes or reduces a package by itself; percentages are of the package's exposure."""

    profit_target_pct: Percent
    stop_loss_pct: Percent
    age_max_days: Positive
    age_max_days_by_strategy: dict[str, Positive]
    liquidation_distance_pct: Percent
    close_before_expiry_h: Positive
    settle_at_expiry_strategies: frozenset[str]
    funding_flipped_intervals: int = Field(ge=1, le=30)
    left_universe_after_s: Positive
    converged_basis_bps_by_strategy: dict[str, Decimal]
    reduce_by_pct: Percent
    reduce_again_after_s: Positive

    @property
    def close_before_expiry(self) -> timedelta:
        return timedelta(hours=float(self.close_before_expiry_h))

    def age_max(self, strategy: str) -> timedelta:
        return timedelta(days=float(self.age_max_days_by_strategy.get(strategy, self.age_max_days)))


class StressRules(Value):
    """What a derivatives account must stand: one asset moving so far either way, all else still."""

    move_pct: Annotated[Decimal, Field(gt=0, lt=100)]
    margin_ratio_min: Annotated[Decimal, Field(gt=1)]
    """Margin balance over maintenance margin, after the move."""


class Profile(Value):
    """One whole set of limits; percentages are of equity unless the name says otherwise."""

    risk_per_trade_pct: Percent
    asset_daily_loss_pct: Percent
    position_size_pct: Percent
    total_exposure_pct: Annotated[Decimal, Field(gt=0, le=1000)]
    total_exposure_alert_pct: Positive
    correlated_exposure_pct: Percent
    correlation_threshold: Annotated[Decimal, Field(ge=0, lt=1)]
    """Packages whose spread returns correlate above this count as one bet."""
    portfolio_daily_loss_pct: Percent
    drawdown_pct: Percent
    packages_open_max: int = Field(ge=1)
    slots: TierSlots | None
    slot_contest_ms: Annotated[Decimal, Field(ge=0)]
    venue_pair_max_usd: Positive
    venue_max_pct: Positive
    stablecoin_max_pct: Positive
    depeg_block_pct: Percent
    depeg_close_pct: Percent
    effective_leverage_max: Positive
    margin_ratio_entry_min: Annotated[Decimal, Field(gt=1)]
    margin_ratio_recovered_min: Annotated[Decimal, Field(gt=1)]
    margin_ratio_shrink_below: Annotated[Decimal, Field(gt=1)]
    liquidation_distance_min_pct: Percent
    stress: StressRules
    liquidity: LiquidityRules
    collar_max_bps: Positive
    net_delta_max_pct: Percent
    package_min_usd: Positive
    exits: ExitRules

    @cached_property
    def slot_contest(self) -> timedelta:
        return timedelta(milliseconds=float(self.slot_contest_ms))

    @field_validator("total_exposure_pct")
    @classmethod
    def _holds_one_package(cls, total_pct: Decimal, info: ValidationInfo) -> Decimal:
        position_pct = info.data.get("position_size_pct")
        if position_pct is not None and total_pct < position_pct:
            raise ValueError(
                f"one package may take {position_pct} %, more than all together; at least {position_pct} passes"
            )
        return total_pct

    @field_validator("total_exposure_alert_pct")
    @classmethod
    def _warns_before_the_limit(cls, alert_pct: Decimal, info: ValidationInfo) -> Decimal:
        total_pct = info.data.get("total_exposure_pct")
        if total_pct is not None and alert_pct >= total_pct:
            raise ValueError(f"the alert must come before the limit of {total_pct} %; less than {total_pct} passes")
        return alert_pct

    @field_validator("slots")
    @classmethod
    def _fits_the_packages(cls, slots: TierSlots | None, info: ValidationInfo) -> TierSlots | None:
        packages = info.data.get("packages_open_max")
        if slots is not None and packages is not None and slots.reserved_for_tier_1 > packages:
            raise ValueError(
                f"{slots.reserved_for_tier_1} slots are reserved for tier 1, of {packages} packages in all;"
                f" reserved_for_tier_1 up to {packages} passes"
            )
        return slots

    @field_validator("depeg_close_pct")
    @classmethod
    def _closes_beyond_blocking(cls, close_pct: Decimal, info: ValidationInfo) -> Decimal:
        block_pct = info.data.get("depeg_block_pct")
        if block_pct is not None and close_pct < block_pct:
            raise ValueError(f"packages would close before entries stop at {block_pct} %; at least {block_pct} passes")
        return close_pct

    @field_validator("margin_ratio_recovered_min")
    @classmethod
    def _recovers_above_entries(cls, recovered_min: Decimal, info: ValidationInfo) -> Decimal:
        entry_min = info.data.get("margin_ratio_entry_min")
        if entry_min is not None and recovered_min < entry_min:
            raise ValueError(
                f"a reduced system would trade again below {entry_min}, which reduces it; at least {entry_min} passes"
            )
        return recovered_min

    @field_validator("margin_ratio_shrink_below")
    @classmethod
    def _shrinks_below_entries(cls, shrink_below: Decimal, info: ValidationInfo) -> Decimal:
        entry_min = info.data.get("margin_ratio_entry_min")
        if entry_min is not None and shrink_below > entry_min:
            raise ValueError(f"packages would be let in at {entry_min} only to be shrunk; up to {entry_min} passes")
        return shrink_below

    @field_validator("stress")
    @classmethod
    def _agrees_on_how_far_assets_move(cls, stress: StressRules, info: ValidationInfo) -> StressRules:
        distance_pct = info.data.get("liquidation_distance_min_pct")
        if distance_pct is not None and stress.move_pct > distance_pct:
            raise ValueError(
                f"move_pct {stress.move_pct} is a longer move than each short leg must survive"
                f" (liquidation_distance_min_pct {distance_pct}); up to {distance_pct} passes"
            )
        entry_min = info.data.get("margin_ratio_entry_min")
        if entry_min is not None and stress.margin_ratio_min > entry_min:
            raise ValueError(
                f"margin_ratio_min {stress.margin_ratio_min} asks for more margin after the move than entries need"
                f" before it (margin_ratio_entry_min {entry_min}); up to {entry_min} passes"
            )
        return stress

    @field_validator("exits")
    @classmethod
    def _exits_inside_entries(cls, exits: ExitRules, info: ValidationInfo) -> ExitRules:
        entry_pct = info.data.get("liquidation_distance_min_pct")
        if entry_pct is not None and exits.liquidation_distance_pct >= entry_pct:
            raise ValueError(
                f"liquidation_distance_pct {exits.liquidation_distance_pct} would close what entries let in at"
                f" {entry_pct}; less than {entry_pct} passes"
            )
        return exits


def resolved(name: Any, profiles: Mapping[Any, Any], heirs: tuple[Any, ...]) -> Any:
    """Return a profile with what it inherits; its own values stand over its parent's."""
    own = profiles[name]
    if not isinstance(own, Mapping) or "inherits" not in own:
        return own
    parent = own["inherits"]
    if not isinstance(parent, str) or parent not in profiles:
        others = " or ".join(str(other) for other in profiles if other != name)
        raise ValueError(f"profiles.{name}.inherits {parent!r} is no profile; {others} passes")
    if parent == name or parent in heirs:
        raise ValueError(f"profiles.{name}.inherits {parent!r} goes round in a circle; a profile without heirs passes")
    inherited = resolved(parent, profiles, (*heirs, name))
    if not isinstance(inherited, Mapping):
        return own
    return _merged(inherited, {key: value for key, value in own.items() if key != "inherits"})


def _merged(under: Mapping[Any, Any], over: Mapping[Any, Any]) -> dict[Any, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return merged


def of(percent: Decimal, whole: Decimal) -> Decimal:
    """Return so many percent of a whole."""
    return whole * percent / _PER_CENT
