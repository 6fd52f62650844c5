"""Where: one pair of venues, one venue, one stablecoin."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.standing import Packages, StandingPackage
from poise_risk.domain.knowledge.symbols import money_of
from poise_risk.domain.limits.check import grows_with_exposure
from poise_risk.domain.rules.profiles import of


def venue_pair(entry: Entry) -> LimitCheck:
    """Exposure between the request's two venues, in USD; a pair within one venue is a pair too."""
    pair = _pair_name(entry.long_leg.intent.venue, entry.short_leg.intent.venue)
    return grows_with_exposure(
        "venue_pair",
        used=exposure_by_pair(entry.packages).get(pair, Decimal(0)),
        per_usd=Decimal(1),
        exposure_usd=entry.exposure_usd,
        allowed=entry.limits.venue_pair_max_usd,
        detail=pair,
    )


def one_venue(entry: Entry) -> LimitCheck:
    """Exposure of the packages with a leg on the venue that holds most, in USD."""
    venues = dict.fromkeys(leg.intent.venue for leg in entry.legs)
    return _most_used("one_venue", venues, exposure_by_venue(entry.packages), entry, entry.limits.venue_max_pct)


def one_stablecoin(entry: Entry) -> LimitCheck:
    """Exposure of the packages quoted or settled in the stablecoin that carries most, in USD."""
    used = entry.packages.exposure_by(_money)
    return _most_used("one_stablecoin", entry.stablecoins, used, entry, entry.limits.stablecoin_max_pct)


def exposure_by_pair(packages: Packages) -> Mapping[str, Decimal]:
    """Return exposure by the two venues it stands between, in USD."""
    return packages.exposure_by(_pair)


def exposure_by_venue(packages: Packages) -> Mapping[str, Decimal]:
    """Return the exposure of the packages with a leg on each venue, in USD."""
    return packages.exposure_by(_venues)


def exposure_by_coin(packages: Packages, stablecoins: frozenset[str]) -> Mapping[str, Decimal]:
    """Return the exposure of the packages quoted or settled in each stablecoin, in USD."""
    return {coin: usd for coin, usd in packages.exposure_by(_money).items() if coin in stablecoins}


def _pair(package: StandingPackage) -> tuple[str]:
    return (_pair_name(package.long_leg.instrument_id.venue, package.short_leg.instrument_id.venue),)


def _venues(package: StandingPackage) -> set[str]:
    return {leg.instrument_id.venue for leg in package.legs}


def _most_used(
    limit: str, names: Iterable[str], used: Mapping[str, Decimal], entry: Entry, allowed_pct: Decimal
) -> LimitCheck:
    name = max(names, key=lambda each: used.get(each, Decimal(0)), default="")
    return grows_with_exposure(
        limit,
        used=used.get(name, Decimal(0)),
        per_usd=Decimal(1) if name else Decimal(0),
        exposure_usd=entry.exposure_usd,
        allowed=of(allowed_pct, entry.equity_usd),
        detail=name,
    )


@lru_cache(maxsize=256)
def _pair_name(*venues: str) -> str:
    return "-".join(sorted(set(venues)))


def _money(package: StandingPackage) -> frozenset[str]:
    return money_of(package.long_leg.instrument_id.symbol, package.short_leg.instrument_id.symbol)
