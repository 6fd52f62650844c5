"""What a scan measures of an asset."""

from collections.abc import Sequence
from dataclasses import dataclass

from poise_common.domain.order_books import Level, depth_within_usd
from poise_ingestion.domain.admission import Leniency
from poise_ingestion.domain.parameters import Thresholds

_EIGHT_HOURS_S = 8 * 3600


@dataclass(frozen=True, slots=True)
class BookMeasures:
    """Of one book: what stands near mid on the thinner side, and the spread relative to mid."""

    depth_usd: float
    spread_pct: float


def measure_book(bids: Sequence[Level], asks: Sequence[Level], *, within_pct: float) -> BookMeasures | None:
    """Measure a book; None where a side is empty."""
    if not bids or not asks:
        return None
    mid = (bids[0].price + asks[0].price) / 2
    within = within_pct / 100
    return BookMeasures(
        depth_usd=min(depth_within_usd(bids, mid, within), depth_within_usd(asks, mid, within)),
        spread_pct=100 * (asks[0].price - bids[0].price) / mid,
    )


def worse_of(spot: BookMeasures | None, hedge: BookMeasures | None) -> BookMeasures | None:
    """Return the thinner depth and the wider spread of both books; None where one is not known."""
    if spot is None or hedge is None:
        return None
    return BookMeasures(min(spot.depth_usd, hedge.depth_usd), max(spot.spread_pct, hedge.spread_pct))


def eight_hour_rate_pct(rate_per_interval: float, interval_s: int) -> float:
    """Scale a funding rate of an interval to eight hours, in percent."""
    return 100 * rate_per_interval * _EIGHT_HOURS_S / interval_s


def is_worth_measuring(
    volume_24h_usd: float, hedge_volume_24h_usd: float, thresholds: Thresholds, leniency: Leniency
) -> bool:
    """Say whether an asset trades enough that its books could still matter."""
    return volume_24h_usd >= leniency.at_least(
        thresholds.volume_24h_min_usd
    ) and hedge_volume_24h_usd >= leniency.at_least(thresholds.hedge_volume_24h_min_usd)
