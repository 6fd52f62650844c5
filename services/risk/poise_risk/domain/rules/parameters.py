"""Everything that risk is configured with, checked as a whole."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from poise_common.domain.value import Value
from poise_risk.domain.rules.profiles import Percent, Positive, Profile, resolved

PhaseAssets = tuple[str, ...] | Literal["all"]


class Approvals(Value):
    ttl_s: Annotated[Decimal, Field(gt=0, le=5)]
    silent_after_s: Annotated[Decimal, Field(gt=0, lt=10)]
    unanswered_after_s: Annotated[Decimal, Field(ge=5)]

    @cached_property
    def ttl(self) -> timedelta:
        return timedelta(seconds=float(self.ttl_s))

    @cached_property
    def silent_after(self) -> timedelta:
        return timedelta(seconds=float(self.silent_after_s))

    @cached_property
    def unanswered_after(self) -> timedelta:
        return timedelta(seconds=float(self.unanswered_after_s))


class Staleness(Value):
    book_ms: Positive
    peg_s: Positive
    portfolio_s: Positive
    correlations_s: Positive
    """Of package spread returns: older ones open nothing."""
    clusters_s: Positive
    """Of what older clusters say nothing is known."""
    funding_s: Positive
    feeds_kill_s: Positive

    @cached_property
    def book_age_max(self) -> timedelta:
        return timedelta(milliseconds=float(self.book_ms))

    @cached_property
    def funding_age_max(self) -> timedelta:
        return timedelta(seconds=float(self.funding_s))

    @cached_property
    def peg_age_max(self) -> timedelta:
        return timedelta(seconds=float(self.peg_s))

    @cached_property
    def clusters_age_max(self) -> timedelta:
        return timedelta(seconds=float(self.clusters_s))


class UsualLiquidityRules(Value):
    """How it is learned what a book usually holds."""

    sample_s: Positive
    half_life_s: Positive
    known_after_s: Annotated[Decimal, Field(ge=0)]

    @cached_property
    def sampled_every(self) -> timedelta:
        return timedelta(seconds=float(self.sample_s))

    @cached_property
    def known_after(self) -> timedelta:
        return timedelta(seconds=float(self.known_after_s))


class Closings(Value):
    """How risk prices and repeats the closings it makes itself."""

    collar_bps: Positive
    kill_collar_bps: Positive
    """From the last known price, where everything is being closed and there is no fresh book; wider with each try."""
    kill_collar_max_bps: Positive
    retry_s: Positive
    retry_max_s: Positive


class VenueRules(Value):
    """What execution must find at a venue."""

    reconciled_max_age_s: Positive
    clock_offset_max_ms: Positive
    clock_confirm_after_s: Positive


class TwoAssetRules(Value):
    """Packages whose legs are of two assets."""

    strategies: frozenset[str]
    """Those that may open them."""
    dollars_apart_max_pct: Annotated[Decimal, Field(ge=0, le=100)]
    """Of the larger leg's notional."""


class LimitsConfig(Value):
    """Everything in `limits.yaml`."""

    profile: str
    profiles: dict[str, Profile] = Field(min_length=1)
    phase_assets: dict[int, PhaseAssets] = Field(min_length=1)
    stablecoins: frozenset[str] = Field(min_length=1)
    spot_borrow_venues: frozenset[str]
    two_assets: TwoAssetRules
    unknown_maintenance_margin_pct: Percent
    approvals: Approvals
    staleness: Staleness
    usual_liquidity: UsualLiquidityRules
    closings: Closings
    venues: VenueRules
    state_every_s: Positive
    decisions_remembered_s: Positive

    @model_validator(mode="before")
    @classmethod
    def _inherit(cls, raw: Any) -> Any:
        if not isinstance(raw, Mapping) or not isinstance(raw.get("profiles"), Mapping):
            return raw
        profiles = raw["profiles"]
        return {**raw, "profiles": {name: resolved(name, profiles, ()) for name in profiles}}

    @field_validator("profiles")
    @classmethod
    def _has_the_chosen(cls, profiles: dict[str, Profile], info: ValidationInfo) -> dict[str, Profile]:
        chosen = info.data.get("profile")
        if chosen is not None and chosen not in profiles:
            raise ValueError(f"profile {chosen!r} is not among them; profile may be {' or '.join(sorted(profiles))}")
        return profiles

    @field_validator("phase_assets")
    @classmethod
    def _open_up(cls, phase_assets: dict[int, PhaseAssets]) -> dict[int, PhaseAssets]:
        for earlier, later in pairwise(sorted(phase_assets)):
            before, after = phase_assets[earlier], phase_assets[later]
            closed = () if after == "all" else ("all",) if before == "all" else sorted(set(before) - set(after))
            if closed:
                raise ValueError(
                    f"phase {later} has {list(after)} and leaves out {', '.join(closed)} of phase {earlier};"
                    f" what phase {earlier} has and more, or all, passes"
                )
        return phase_assets

    @field_validator("approvals")
    @classmethod
    def _outlive_a_contest(cls, approvals: Approvals, info: ValidationInfo) -> Approvals:
        profile = info.data.get("profiles", {}).get(info.data.get("profile"))
        if profile is not None and profile.slot_contest >= approvals.ttl:
            raise ValueError(
                f"an approval of ttl_s {approvals.ttl_s} is to last longer than the contest before it, slot_contest_ms"
                f" {profile.slot_contest_ms}; more than {profile.slot_contest_ms / 1000} passes"
            )
        return approvals

    @field_validator("closings")
    @classmethod
    def _closes_within_the_collar(cls, closings: Closings, info: ValidationInfo) -> Closings:
        profile = info.data.get("profiles", {}).get(info.data.get("profile"))
        if profile is not None and closings.collar_bps > profile.collar_max_bps:
            raise ValueError(
                f"collar_bps {closings.collar_bps} is beyond the collar of {profile.collar_max_bps} bps;"
                f" up to {profile.collar_max_bps} passes"
            )
        return closings

    @property
    def limits(self) -> Profile:
        """The profile that the desk runs."""
        return self.profiles[self.profile]

    def is_open_for_trading(self, asset: str, phase: int) -> bool:
        """Say whether a phase trades this asset; one that has no assets here trades none."""
        assets = self.phase_assets.get(phase, ())
        return assets == "all" or asset in assets
