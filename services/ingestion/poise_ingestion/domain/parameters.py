"""`config/universe.yaml` and `config/ingestion.yaml`."""

from typing import Annotated, Self

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, model_validator

from poise_common.domain.instruments import InstrumentKind

Positive = Annotated[float, Field(gt=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
_TAKEN_OVER_WITHIN_MS = 5_000
"""What is promised of the instruments of a replica that dies, and of those that two publish."""
_CONNECTS_WITHIN_MS = 2_000


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Thresholds(_Section):
    """What an asset of a tier must meet."""

    volume_24h_min_usd: float = Field(ge=0)
    hedge_volume_24h_min_usd: float = Field(ge=0)
    depth_min_usd: float = Field(ge=0)
    """On the thinner side of the thinner of both books."""
    spread_max_pct: Percent
    btc_correlation_max: float | None = Field(ge=-1, le=1)
    """None: not asked for."""
    funding_8h_max_pct: Percent
    feed_reliability_min_pct: Percent


class ScanParameters(_Section):
    interval_s: Positive
    retry_s: Positive
    others_wait_s: float = Field(ge=0, le=60)
    candidates_max: int = Field(ge=1)
    book_levels: int = Field(ge=5, le=5000)
    depth_within_pct: Positive
    correlation_days: int = Field(ge=1, le=365)
    correlation_points_min: int = Field(ge=2)
    correlation_refresh_s: Positive
    concurrent_requests: int = Field(ge=1, le=100)


class MembershipParameters(_Section):
    stay_margin_pct: Percent
    leave_after_scans: int = Field(ge=1)
    departed_watch_s: float = Field(ge=0)
    liquidity_drop_pct: Percent
    liquidity_scans: int = Field(ge=2)


class UniverseConfig(_Section):
    """Which assets may be traded."""

    profile: str
    quote: str
    tiers: dict[int, tuple[str, ...]]
    benchmark: str
    scan: ScanParameters
    membership: MembershipParameters
    profiles: dict[str, dict[int, Thresholds]] = Field(min_length=1)
    peg_pairs: tuple[str, ...]
    stablecoin_peg_symbols: dict[str, str]
    sectors: dict[str, str]
    default_sector: str

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if self.profile not in self.profiles:
            raise ValueError(f"profile {self.profile!r} is not among {', '.join(sorted(self.profiles))}")
        named = [asset for assets in self.tiers.values() for asset in assets]
        twice = sorted({asset for asset in named if named.count(asset) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands in more than one tier; name each asset once")
        for name, thresholds in self.profiles.items():
            missing = sorted({1, 2, 3} - thresholds.keys())
            if missing:
                raise ValueError(f"profile {name!r} has no thresholds for tier {missing[0]}; give all of 1, 2 and 3")
        return self

    def tier_of(self, asset: str) -> int:
        """Return the tier an asset stands in; the last one unless it is named."""
        return next((tier for tier, assets in self.tiers.items() if asset in assets), 3)

    def thresholds(self, tier: int) -> Thresholds:
        """Return the thresholds of a tier in the profile in force."""
        return self.profiles[self.profile][tier]

    def sector_of(self, asset: str) -> str:
        return self.sectors.get(asset, self.default_sector)


class BookParameters(_Section):
    levels: int = Field(ge=1, le=1000)
    snapshot_levels: int = Field(ge=5, le=5000)

    @model_validator(mode="after")
    def _keeps_more_than_it_publishes(self) -> Self:
        if self.snapshot_levels < self.levels:
            raise ValueError(f"snapshot_levels {self.snapshot_levels} is below levels; {self.levels} would pass")
        return self


class CandleParameters(_Section):
    close_grace_s: float = Field(ge=0, le=30)
    minute_history_h: int = Field(ge=1, le=168)
    hour_history_d: int = Field(ge=1, le=365)
    history_for: frozenset[InstrumentKind]
    taken_over_minutes: int = Field(ge=61, le=120)
    """Read where a feed is taken over."""
    said_again_minutes: int = Field(ge=1, le=30)
    """Of them, those that the process before may not have published."""

    @model_validator(mode="after")
    def _knows_the_hour_before(self) -> Self:
        least = 61 + self.said_again_minutes
        if self.taken_over_minutes < least:
            raise ValueError(
                f"taken_over_minutes {self.taken_over_minutes} does not reach back an hour before the first of the"
                f" {self.said_again_minutes} that are said again; {least} would pass"
            )
        return self


class TradeParameters(_Section):
    close_grace_s: float = Field(ge=0, le=30)


class FundingParameters(_Section):
    settled_rates: int = Field(ge=1, le=1000)
    settlement_grace_s: float = Field(ge=0)
    settlement_retry_s: Positive


class StalenessParameters(_Section):
    stale_after_s: Positive
    alert_after_s: Positive
    reconnect_after_s: Positive


class ReliabilityParameters(_Section):
    window_h: int = Field(ge=1, le=168)
    report_every_s: Positive
    minutes_min: int = Field(ge=1)


class DutyParameters(_Section):
    lease_ms: int = Field(ge=100, le=60_000)
    renew_ms: int = Field(ge=10)

    @model_validator(mode="after")
    def _renews_in_time(self) -> Self:
        if self.renew_ms * 2 > self.lease_ms:
            raise ValueError(f"renew_ms {self.renew_ms} is over half of lease_ms; {self.lease_ms // 2} would pass")
        return self


class SharingParameters(_Section):
    beat_ms: int = Field(ge=10)
    lease_ms: int = Field(ge=100)
    overlap_ms: int = Field(ge=0)
    shown_kept_s: float = Field(ge=10, le=600)

    @model_validator(mode="after")
    def _keeps_the_promise(self) -> Self:
        if self.beat_ms * 2 > self.lease_ms:
            raise ValueError(f"beat_ms {self.beat_ms} is over half of lease_ms; {self.lease_ms // 2} would pass")
        seen_ms = _TAKEN_OVER_WITHIN_MS - _CONNECTS_WITHIN_MS
        if self.lease_ms + self.beat_ms > seen_ms:
            raise ValueError(
                f"with lease_ms {self.lease_ms} and beat_ms {self.beat_ms} a dead replica is missed after"
                f" {self.lease_ms + self.beat_ms} ms, and connecting takes up to {_CONNECTS_WITHIN_MS} more: over"
                f" {_TAKEN_OVER_WITHIN_MS}; lease_ms {seen_ms - self.beat_ms} would pass"
            )
        if self.overlap_ms + 2 * self.beat_ms > _TAKEN_OVER_WITHIN_MS:
            raise ValueError(
                f"overlap_ms {self.overlap_ms} and two beats of {self.beat_ms} would publish books twice for over"
                f" {_TAKEN_OVER_WITHIN_MS} ms; overlap_ms {_TAKEN_OVER_WITHIN_MS - 2 * self.beat_ms} would pass"
            )
        return self


class OverviewParameters(_Section):
    base_url: AnyHttpUrl | None
    """Of CoinGecko's API or what speaks like it; none: no overview."""
    interval_s: Positive
    timeout_s: Positive


class IngestionConfig(_Section):
    """How the feeds are followed."""

    books: BookParameters
    candles: CandleParameters
    trades: TradeParameters
    funding: FundingParameters
    staleness: StalenessParameters
    reliability: ReliabilityParameters
    overview: OverviewParameters
    duty: DutyParameters
    sharing: SharingParameters
