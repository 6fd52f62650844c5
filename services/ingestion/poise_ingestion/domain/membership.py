"""The universe over time: members stay on a little less than newcomers need, and don't leave for one bad scan."""

from dataclasses import dataclass

from poise_common.contracts.market_data import ExcludedAsset, Universe, UniverseAsset
from poise_ingestion.domain.admission import NO_LENIENCY, Leniency, reasons_against
from poise_ingestion.domain.observations import MarketsScanned, ScannedAsset
from poise_ingestion.domain.parameters import UniverseConfig

Key = tuple[str, str]
"""Venue and asset."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One scan's outcome."""

    assets: tuple[UniverseAsset, ...]
    excluded: tuple[ExcludedAsset, ...]
    left: tuple[UniverseAsset, ...]
    """Members until this scan."""


class Membership:
    """Decide who belongs after each scan."""

    def __init__(self, config: UniverseConfig) -> None:
        self._config = config
        self._members: dict[Key, UniverseAsset] = {}
        self._misses: dict[Key, int] = {}

    @property
    def members(self) -> tuple[UniverseAsset, ...]:
        return tuple(self._members.values())

    def adopt(self, universe: Universe) -> None:
        """Take over what another process, or this one before it restarted, had decided."""
        self._members = {(asset.venue, asset.asset): asset for asset in universe.assets}
        self._misses = {key: misses for key, misses in self._misses.items() if key in self._members}

    def decide(self, scan: MarketsScanned) -> Verdict:
        """Judge every scanned asset; assets of venues that were not reached stay as they were."""
        before = dict(self._members)
        after: dict[Key, UniverseAsset] = {
            key: asset for key, asset in before.items() if asset.venue in scan.unreached_venues
        }
        excluded: list[ExcludedAsset] = []
        ranked = sorted(scan.assets, key=lambda asset: (self._config.tier_of(asset.asset), -asset.hedge_volume_24h_usd))
        for scanned in ranked:
            key = (scanned.venue, scanned.asset)
            tier = self._config.tier_of(scanned.asset)
            reasons = self._reasons_against(key, scanned, tier, is_member=key in before)
            member = self._member(scanned, tier) if not reasons else None
            if member is not None:
                after[key] = member
            else:
                excluded.append(ExcludedAsset(asset=scanned.asset, venue=scanned.venue, tier=tier, reasons=reasons))
        self._members = after
        left = tuple(asset for key, asset in before.items() if key not in after)
        for asset in left:
            self._misses.pop((asset.venue, asset.asset), None)
        return Verdict(tuple(after.values()), tuple(excluded), left)

    def _reasons_against(self, key: Key, scanned: ScannedAsset, tier: int, *, is_member: bool) -> tuple[str, ...]:
        thresholds = self._config.thresholds(tier)
        if not is_member:
            return reasons_against(scanned, thresholds, NO_LENIENCY)
        reasons = reasons_against(scanned, thresholds, Leniency(self._config.membership.stay_margin_pct))
        if not reasons:
            self._misses.pop(key, None)
            return ()
        self._misses[key] = self._misses.get(key, 0) + 1
        gone = scanned.spot is None or scanned.hedge is None
        return reasons if gone or self._misses[key] >= self._config.membership.leave_after_scans else ()

    def _member(self, scanned: ScannedAsset, tier: int) -> UniverseAsset | None:
        if scanned.spot is None or scanned.hedge is None:
            return None
        return UniverseAsset(
            asset=scanned.asset,
            tier=tier,
            sector=self._config.sector_of(scanned.asset),
            venue=scanned.venue,
            spot=scanned.spot,
            hedge=scanned.hedge,
            volume_24h_usd=scanned.volume_24h_usd,
            hedge_volume_24h_usd=scanned.hedge_volume_24h_usd,
            depth_usd=scanned.depth_usd,
            spread_pct=scanned.spread_pct,
            btc_correlation=scanned.btc_correlation,
            futures=scanned.futures,
        )
