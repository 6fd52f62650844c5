"""How much of the desk is one bet: packages whose spreads, or whose assets' prices, move together."""

from collections.abc import Collection
from decimal import Decimal
from statistics import fmean

from poise_common.contracts.packages import LimitCheck, OpenPackage
from poise_risk.domain.gate.entry import Entry, Proposal
from poise_risk.domain.knowledge.correlations import Clusters, SpreadCorrelations, counted
from poise_risk.domain.knowledge.spreads import Spread, spread_between
from poise_risk.domain.knowledge.standing import Packages, StandingPackage
from poise_risk.domain.limits.check import age_ms, all_or_nothing, grows_with_exposure
from poise_risk.domain.limits.exposure import total_exposure_usd
from poise_risk.domain.rules.profiles import of


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
    one = spread_between(entry.long_leg.intent.symbol, entry.short_leg.intent.symbol)
    others = correlated_with(one, entry.packages, entry.correlations, entry.limits.correlation_threshold)
    return _together("correlated_exposure", others, entry)


def cluster_exposure(entry: Entry) -> LimitCheck:
    """Exposure of the packages in assets that move as one with the request's, itself included, in USD.

    Of two assets in two clusters the request counts in both; the fuller one is told.
    """
    clusters = [in_one_cluster_with(asset, entry.packages, entry.clusters) for asset in entry.request.assets]
    return _together("cluster_exposure", max(clusters, key=total_exposure_usd), entry)


def correlated_with(
    one: Spread, packages: Packages, known: SpreadCorrelations, threshold: Decimal
) -> tuple[StandingPackage, ...]:
    """Return the packages whose spread returns correlate above a threshold with these, or may do so."""
    above = float(threshold)
    near = {
        way: assets - known.apart_from(one.assets, one.way * way, above)
        for way, assets in packages.assets_by_way.items()
    }
    if not any(near.values()):
        return ()
    return tuple(package for package in packages if not near[package.spread.way].isdisjoint(package.assets))


def in_one_cluster_with(asset: str, packages: Packages, clusters: Clusters) -> tuple[StandingPackage, ...]:
    """Return the packages with a leg in an asset that must be taken to move as one with this."""
    apart = clusters.apart_from(asset)
    if all(apart.issuperset(assets) for assets in packages.assets_by_way.values()):
        return ()
    return tuple(package for package in packages if not apart.issuperset(package.assets))


def correlation(known: SpreadCorrelations, one: Spread, other: Spread) -> float:
    """Return how two packages' spread returns correlate, each the asset's taken the way round it stands.

    Packages of one asset, and those of which it is not known, count as 1 whichever way they stand. Where a package has
    no way round, either sign counts. Of two assets that one counts which correlates most.
    """
    ways, highest = one.way * other.way, -1.0
    for asset in one.assets:
        known_with = known.known_with(asset)
        for of_other in other.assets:
            rho = known_with.get(of_other)
            if asset == of_other or rho is None:
                return 1.0
            highest = max(highest, counted(rho, ways))
    return highest


def mean_correlation(known: SpreadCorrelations, request: OpenPackage, packages: Collection[StandingPackage]) -> Decimal:
    """Return how a request's spread returns correlate with those of standing packages, on average; 0 with none."""
    if not packages:
        return Decimal(0)
    one = spread_between(request.long_leg.symbol, request.short_leg.symbol)
    return Decimal(fmean(correlation(known, one, each.spread) for each in packages))


def cluster_name(clusters: Clusters, asset: str) -> str:
    """Name an asset's cluster by all that is in it; an asset that moves with everything goes by its own name."""
    return "+".join(sorted(clusters.of(asset) or {asset}))


def _together(limit: str, others: Collection[StandingPackage], entry: Entry) -> LimitCheck:
    names = ", ".join(sorted({asset for package in others for asset in package.assets}))
    return grows_with_exposure(
        limit,
        used=total_exposure_usd(others),
        per_usd=Decimal(1),
        exposure_usd=entry.exposure_usd,
        allowed=of(entry.limits.correlated_exposure_pct, entry.equity_usd),
        detail=f"with {names}" if names else "",
    )
