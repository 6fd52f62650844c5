"""How much of each limit is used between requests: what the desk's picture of itself shows.

Each row of the table that says something of what stands has a row here; `price_collar`, `legs_hedged` and `one_way` say
something of a request alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.state import LimitHeadroom, PortfolioState
from poise_risk.domain.knowledge.correlations import Clusters, SpreadCorrelations
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.standing import Packages
from poise_risk.domain.limits.concentration import exposure_by_coin, exposure_by_pair, exposure_by_venue
from poise_risk.domain.limits.correlation import cluster_name, correlated_with, in_one_cluster_with
from poise_risk.domain.limits.delta import net_delta_usd
from poise_risk.domain.limits.exposure import total_exposure_usd
from poise_risk.domain.limits.losses import asset_losses_pct, daily_loss_pct, drawdown_pct
from poise_risk.domain.limits.slots import slot_groups, standing_tiers
from poise_risk.domain.limits.stress import stresses
from poise_risk.domain.rules.parameters import LimitsConfig
from poise_risk.domain.rules.profiles import Profile, of

_TIERS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class Standing:
    """All that the limits look at but a request."""

    config: LimitsConfig
    portfolio: PortfolioState
    packages: Packages
    accounts: Mapping[str, MarginAccount]
    peg_deviations_pct: Mapping[str, Decimal]
    correlations: SpreadCorrelations
    clusters: Clusters

    @property
    def limits(self) -> Profile:
        return self.config.limits

    def share_usd(self, percent: Decimal) -> Decimal:
        """Return so many per cent of equity."""
        return of(percent, self.portfolio.equity_usd)


def headroom(standing: Standing) -> tuple[LimitHeadroom, ...]:
    """Return each limit's value beside what is allowed, by subject."""
    return tuple(use for measure in USES for use in measure(standing))


def _packages_sizes(standing: Standing) -> Iterator[LimitHeadroom]:
    """Of each asset the largest package, by its risk and by its size."""
    limits = standing.limits
    largest = _largest((asset, package.exposure_usd) for package in standing.packages for asset in package.assets)
    at_risk = {asset: of(limits.exits.stop_loss_pct, usd) for asset, usd in largest.items()}
    yield from _each("risk_per_trade", at_risk, standing.share_usd(limits.risk_per_trade_pct))
    yield from _each("position_size", largest, standing.share_usd(limits.position_size_pct))


def _total_exposure(standing: Standing) -> Iterator[LimitHeadroom]:
    allowed = standing.share_usd(standing.limits.total_exposure_pct)
    yield LimitHeadroom(limit="total_exposure", value=standing.packages.exposure_usd, allowed=allowed)


def _together(standing: Standing) -> Iterator[LimitHeadroom]:
    """What moves together with a package of each asset, by spread returns and by cluster."""
    allowed = standing.share_usd(standing.limits.correlated_exposure_pct)
    packages, threshold = standing.packages, standing.limits.correlation_threshold
    correlated = _largest(
        (
            asset,
            total_exposure_usd(correlated_with(package.spread, packages, standing.correlations, threshold)),
        )
        for package in packages
        for asset in package.assets
    )
    clustered = _largest(
        (
            cluster_name(standing.clusters, asset),
            total_exposure_usd(in_one_cluster_with(asset, packages, standing.clusters)),
        )
        for package in packages
        for asset in package.assets
    )
    yield from _each("correlated_exposure", correlated, allowed)
    yield from _each("cluster_exposure", clustered, allowed)


def _losses(standing: Standing) -> Iterator[LimitHeadroom]:
    limits, portfolio = standing.limits, standing.portfolio
    yield from _each("asset_daily_loss", asset_losses_pct(portfolio), limits.asset_daily_loss_pct)
    yield LimitHeadroom(
        limit="portfolio_daily_loss", value=daily_loss_pct(portfolio), allowed=limits.portfolio_daily_loss_pct
    )
    yield LimitHeadroom(limit="drawdown", value=drawdown_pct(portfolio), allowed=limits.drawdown_pct)


def _slots(standing: Standing) -> Iterator[LimitHeadroom]:
    tiers = standing_tiers(standing.packages)
    groups = {(group.limit, group.name): group for tier in _TIERS for group in slot_groups(tier, standing.limits)}
    for group in groups.values():
        yield LimitHeadroom(
            limit=group.limit, subject=group.name, value=Decimal(group.of(tiers)), allowed=Decimal(group.allowed)
        )


def _concentration(standing: Standing) -> Iterator[LimitHeadroom]:
    limits, packages = standing.limits, standing.packages
    by_coin = exposure_by_coin(packages, standing.config.stablecoins)
    yield from _each("venue_pair", exposure_by_pair(packages), limits.venue_pair_max_usd)
    yield from _each("one_venue", exposure_by_venue(packages), standing.share_usd(limits.venue_max_pct))
    yield from _each("one_stablecoin", by_coin, standing.share_usd(limits.stablecoin_max_pct))
    yield from _each("stablecoin_peg", standing.peg_deviations_pct, limits.depeg_block_pct)


def _margin(standing: Standing) -> Iterator[LimitHeadroom]:
    limits = standing.limits
    for account in standing.accounts.values():
        if account.margin_balance_usd > 0:
            leverage = account.derivatives.notional_usd / account.margin_balance_usd
            yield from _each("effective_leverage", {account.venue: leverage}, limits.effective_leverage_max)
        if account.margin_ratio is not None:
            yield _not_below("margin_ratio", account.venue, account.margin_ratio, limits.margin_ratio_entry_min)
        for instrument_id, distance_pct in sorted(account.liquidation_distances_pct().items()):
            allowed = limits.liquidation_distance_min_pct
            yield _not_below("liquidation_distance", str(instrument_id), distance_pct, allowed)
        moved = stresses(account, limits.stress.move_pct, standing.config.stablecoins)
        ratios = [ratio for each in moved if (ratio := each.ratio) is not None]
        if ratios:
            yield _not_below("margin_stress", account.venue, min(ratios), limits.stress.margin_ratio_min)


def _net_delta(standing: Standing) -> Iterator[LimitHeadroom]:
    value = net_delta_usd(standing.portfolio, standing.packages)
    yield LimitHeadroom(limit="net_delta", value=value, allowed=standing.share_usd(standing.limits.net_delta_max_pct))


USES: tuple[Callable[[Standing], Iterable[LimitHeadroom]], ...] = (
    _packages_sizes,
    _total_exposure,
    _together,
    _losses,
    _slots,
    _concentration,
    _margin,
    _net_delta,
)


def _each(limit: str, values: Mapping[str, Decimal], allowed: Decimal) -> Iterator[LimitHeadroom]:
    for subject, value in sorted(values.items()):
        yield LimitHeadroom(limit=limit, subject=subject, value=value, allowed=allowed)


def _not_below(limit: str, subject: str, value: Decimal, allowed: Decimal) -> LimitHeadroom:
    return LimitHeadroom(limit=limit, subject=subject, value=value, allowed=allowed, at_least=True)


def _largest(values: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    largest: dict[str, Decimal] = {}
    for subject, value in values:
        largest[subject] = max(value, largest.get(subject, value))
    return largest
