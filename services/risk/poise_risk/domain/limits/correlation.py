"""How much of the desk is one bet: packages whose spreads, or whose assets' prices, move together."""

from collections.abc import Collection, Iterable
from decimal import Decimal
from functools import lru_cache
from statistics import fmean

from poise_common.contracts.packages import LimitCheck, OpenPackage
from poise_risk.domain.gate.entry import Entry, Proposal
from poise_risk.domain.knowledge.correlations import Clusters, SpreadCorrelations
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.knowledge.symbols import is_derivative
from poise_risk.domain.limits.check import age_ms, all_or_nothing, grows_with_exposure
from poise_risk.domain.limits.exposure import total_exposure_usd
from poise_risk.domain.rules.profiles import of

Way = int
"""Which way round a package stands: 1 long its spot, -1 short its spot, 0 where both legs are of a kind."""


def correlations_fresh(proposal: Proposal) -> LimitCheck:
    """What is taken for known of the spreads was measured lately; the value is its age in seconds."""
    allowed = proposal.config.staleness.correlations_s
    as_of = proposal.correlations.as_of
    if as_of is None:
        return all_or_nothing(
            "correlations_fresh", passed=False, allowed=allowed, detail="no correlations of spread returns yet"
        )
    age_s = age_ms(as_of, proposal.now) / 1000
    return all_or_nothing("correlations_fresh", passed=age_s <= allowed, value=age_s, allowed=allowed)


def correlated_exposure(entry: Entry) -> LimitCheck:
    """Exposure of the packages whose spread returns correlate with the request's, itself included, in USD."""
    way = _way(entry.long_leg.intent.symbol, entry.short_leg.intent.symbol)
    threshold = entry.limits.correlation_threshold
    others = correlated_with((entry.request.asset, way), entry.packages, entry.correlations, threshold)
    return _together("correlated_exposure", others, entry)


def cluster_exposure(entry: Entry) -> LimitCheck:
    """Exposure of the packages in assets that move as one with the request's, itself included, in USD."""
    others = in_one_cluster_with(entry.request.asset, entry.packages, entry.clusters)
    return _together("cluster_exposure", others, entry)


def correlated_with(
    one: tuple[str, Way], packages: Iterable[StandingPackage], known: SpreadCorrelations, threshold: Decimal
) -> tuple[StandingPackage, ...]:
    """Return the packages whose spread returns correlate above a threshold with an asset's, taken one way round."""
    above = float(threshold)
    return tuple(package for package in packages if correlation(known, one, (package.asset, way_of(package))) > above)


def in_one_cluster_with(
    asset: str, packages: Iterable[StandingPackage], clusters: Clusters
) -> tuple[StandingPackage, ...]:
    """Return the packages in assets that must be taken to move as one with this."""
    return tuple(package for package in packages if clusters.are_one(asset, package.asset))


def correlation(known: SpreadCorrelations, one: tuple[str, Way], other: tuple[str, Way]) -> float:
    """Return how two packages' spread returns correlate, each the asset's taken the way round it stands.

    Packages of one asset, and those of which it is not known, count as 1 whichever way they stand. Where a package has
    no way round, either sign counts.
    """
    (asset, way), (other_asset, other_way) = one, other
    rho = known.between(asset, other_asset)
    if asset == other_asset or rho is None:
        return 1.0
    return rho * way * other_way if way and other_way else abs(rho)


def mean_correlation(known: SpreadCorrelations, request: OpenPackage, packages: Collection[StandingPackage]) -> Decimal:
    """Return how a request's spread returns correlate with those of standing packages, on average; 0 with none."""
    if not packages:
        return Decimal(0)
    one = (request.asset, _way(request.long_leg.symbol, request.short_leg.symbol))
    return Decimal(fmean(correlation(known, one, (each.asset, way_of(each))) for each in packages))


def way_of(package: StandingPackage) -> Way:
    """Return which way round a package stands."""
    return _way(package.long_leg.instrument_id.symbol, package.short_leg.instrument_id.symbol)


def cluster_name(clusters: Clusters, asset: str) -> str:
    """Name an asset's cluster by all that is in it; an asset that moves with everything goes by its own name."""
    return "+".join(sorted(clusters.of(asset) or {asset}))


@lru_cache(maxsize=4_096)
def _way(long_symbol: str, short_symbol: str) -> Way:
    return int(is_derivative(short_symbol)) - int(is_derivative(long_symbol))


def _together(limit: str, others: Collection[StandingPackage], entry: Entry) -> LimitCheck:
    names = ", ".join(sorted({package.asset for package in others}))
    return grows_with_exposure(
        limit,
        used=total_exposure_usd(others),
        per_usd=Decimal(1),
        exposure_usd=entry.exposure_usd,
        allowed=of(entry.limits.correlated_exposure_pct, entry.equity_usd),
        detail=f"with {names}" if names else "",
    )
