"""Who belongs to the universe: each criterion, and every reason against."""

from dataclasses import dataclass

from poise_ingestion.domain.observations import ScannedAsset
from poise_ingestion.domain.parameters import Thresholds


@dataclass(frozen=True, slots=True)
class Leniency:
    """How far a figure may miss its threshold: not at all for newcomers, a little for members."""

    margin_pct: float

    def at_least(self, threshold: float) -> float:
        return threshold * (1 - self.margin_pct / 100)

    def at_most(self, threshold: float) -> float:
        return threshold * (1 + self.margin_pct / 100)


NO_LENIENCY = Leniency(0.0)


def reasons_against(asset: ScannedAsset, thresholds: Thresholds, leniency: Leniency) -> tuple[str, ...]:
    """Return every criterion an asset misses, in words with figures; none where it qualifies."""
    if asset.spot is None:
        return ("no_spot_market",)
    if asset.hedge is None:
        return ("no_hedging_instrument",)
    reasons = [
        *_too_low("volume_24h_usd", asset.volume_24h_usd, thresholds.volume_24h_min_usd, leniency),
        *_too_low("hedge_volume_24h_usd", asset.hedge_volume_24h_usd, thresholds.hedge_volume_24h_min_usd, leniency),
    ]
    if asset.depth_usd is None and asset.spread_pct is None and reasons:
        return tuple(reasons)  # too small to be worth measuring further
    reasons += _too_low("depth_usd", asset.depth_usd, thresholds.depth_min_usd, leniency)
    reasons += _too_high("spread_pct", asset.spread_pct, thresholds.spread_max_pct, leniency)
    if thresholds.btc_correlation_max is not None:
        reasons += _too_high("btc_correlation", asset.btc_correlation, thresholds.btc_correlation_max, leniency)
    funding = None if asset.funding_8h_pct is None else abs(asset.funding_8h_pct)
    reasons += _too_high("funding_8h_pct", funding, thresholds.funding_8h_max_pct, leniency)
    if asset.feed_reliability_pct is not None:  # unknown before it is watched: nothing speaks against it yet
        # A share of 99 % with a fifth of leniency would be no threshold: it is given to what may be missing.
        missing_pct = leniency.at_most(100 - thresholds.feed_reliability_min_pct)
        reasons += _too_low("feed_reliability_pct", asset.feed_reliability_pct, 100 - missing_pct, NO_LENIENCY)
    return tuple(reasons)


def _too_low(name: str, value: float | None, threshold: float, leniency: Leniency) -> list[str]:
    if value is None:
        return [f"{name}_unknown"]
    allowed = leniency.at_least(threshold)
    return [f"{name} {value:.6g} < {allowed:.6g}"] if value < allowed else []


def _too_high(name: str, value: float | None, threshold: float, leniency: Leniency) -> list[str]:
    if value is None:
        return [f"{name}_unknown"]
    allowed = leniency.at_most(threshold)
    return [f"{name} {value:.6g} > {allowed:.6g}"] if value > allowed else []
