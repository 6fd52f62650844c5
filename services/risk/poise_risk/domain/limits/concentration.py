"""Where: one pair of venues, one venue, one stablecoin."""

from collections.abc import Iterable
from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.knowledge.symbols import money_of
from poise_risk.domain.limits.check import grows_with_exposure
from poise_risk.domain.rules.profiles import of


def venue_pair(entry: Entry) -> LimitCheck:
    """Exposure between the request's two venues, in USD; a pair within one venue is a pair too."""
    pair = frozenset(leg.intent.venue for leg in entry.legs)
    return grows_with_exposure(
        "venue_pair",
        used=_exposure_usd(package for package in entry.packages if _venues(package) == pair),
        per_usd=Decimal(1),
        exposure_usd=entry.exposure_usd,
        allowed=entry.limits.venue_pair_max_usd,
        detail="-".join(sorted(pair)),
    )


def one_venue(entry: Entry) -> LimitCheck:
    """Exposure of the packages with a leg on the venue that holds most, in USD."""
    used = {
        leg.intent.venue: _exposure_usd(package for package in entry.packages if leg.intent.venue in _venues(package))
        for leg in entry.legs
    }
    return _most_used("one_venue", used, entry, entry.limits.venue_max_pct)


def one_stablecoin(entry: Entry) -> LimitCheck:
    """Exposure of the packages quoted or settled in the stablecoin that carries most, in USD."""
    used = {
        coin: _exposure_usd(package for package in entry.packages if coin in _money(package))
        for coin in stablecoins_of(entry)
    }
    return _most_used("one_stablecoin", used, entry, entry.limits.stablecoin_max_pct)


def stablecoins_of(entry: Entry) -> tuple[str, ...]:
    """Return the stablecoins that the request is quoted or settled in, in the order of the alphabet."""
    money = frozenset[str]().union(*(money_of(leg.intent.symbol) for leg in entry.legs))
    return tuple(sorted(money & entry.config.stablecoins))


def _most_used(limit: str, used: dict[str, Decimal], entry: Entry, allowed_pct: Decimal) -> LimitCheck:
    name = max(used, key=lambda each: used[each], default="")
    return grows_with_exposure(
        limit,
        used=used.get(name, Decimal(0)),
        per_usd=Decimal(1) if name else Decimal(0),
        exposure_usd=entry.exposure_usd,
        allowed=of(allowed_pct, entry.equity_usd),
        detail=name,
    )


def _exposure_usd(packages: Iterable[StandingPackage]) -> Decimal:
    return sum((package.exposure_usd for package in packages), Decimal(0))


def _venues(package: StandingPackage) -> frozenset[str]:
    return frozenset(leg.instrument_id.venue for leg in package.legs)


def _money(package: StandingPackage) -> frozenset[str]:
    return frozenset[str]().union(*(money_of(leg.instrument_id.symbol) for leg in package.legs))
