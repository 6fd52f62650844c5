"""From packages' rows to results: one by one, and summed up by strategy, asset and venue."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from poise.report.assumptions import Assumptions
from poise.report.book.packages import PackageRow
from poise.report.book.plans import PlanOfWeights
from poise.report.period import Period
from poise.report.period_report import Equity, PackageLine, ResultLine, Weight
from poise_portfolio.domain.performance.metrics import Metrics
from poise_portfolio.domain.performance.parts import metrics_by
from poise_portfolio.domain.performance.trades import PackageResult, ResultSummary, results_by, summary_of

_ZERO = Decimal(0)
_HOUR_S = 3_600
UNNAMED = "unnamed"
"""The strategy of a package that no report has named yet."""


def result_of(row: PackageRow, assumptions: Assumptions) -> PackageResult:
    """Return what a package has made; of one that is held, what is booked."""
    strategy = row.strategy or UNNAMED
    return PackageResult(
        package_id=row.package_id,
        strategy=strategy,
        asset=row.asset,
        venues=row.venues,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        exposure_usd=row.exposure_usd or _ZERO,
        price_usd=row.realised_pnl_usd + row.slippage_usd,
        funding_usd=row.funding_usd,
        fees_usd=row.fees_usd,
        borrow_usd=row.borrow_usd,
        slippage_usd=row.slippage_usd,
        expected_apr=(None if row.entry_yield is None else assumptions.expected_apr(strategy, float(row.entry_yield))),
    )


def line_of(row: PackageRow, result: PackageResult, until: datetime, *, is_held: bool) -> PackageLine:
    """Return a package's line; one that is held has made no more than what is booked, which says little."""
    held_until = until if is_held or row.closed_at is None else row.closed_at
    return PackageLine(
        package_id=result.package_id,
        strategy=result.strategy,
        asset=result.asset,
        venue=result.venue,
        state=row.state,
        opened_at=result.opened_at,
        closed_at=result.closed_at,
        held_h=(held_until - result.opened_at).total_seconds() / _HOUR_S,
        exposure_usd=result.exposure_usd,
        price_usd=None if is_held else result.price_usd,
        funding_usd=result.funding_usd,
        fees_usd=result.fees_usd,
        borrow_usd=result.borrow_usd,
        slippage_usd=result.slippage_usd,
        net_usd=None if is_held else result.net_usd,
        realised_apr=None if is_held else result.realised_apr,
        expected_apr=result.expected_apr,
    )


def total_of(results: Sequence[PackageResult]) -> ResultLine:
    """Sum all results up; the desk's own figures are of its equity, not of these."""
    return _line("all", summary_of(results), None)


def lines_by(
    results: Sequence[PackageResult], key: Callable[[PackageResult], str], period: Period, equity: Equity | None
) -> tuple[ResultLine, ...]:
    """Sum results up by a key, what made most first."""
    metrics = {} if equity is None else _metrics_by(results, key, period, equity)
    lines = (_line(name, summary, metrics.get(name)) for name, summary in results_by(results, key).items())
    return tuple(sorted(lines, key=lambda line: (-line.net_usd, line.name)))


def weights_of(held: Iterable[PackageRow], equity_usd: Decimal, plan: PlanOfWeights | None) -> tuple[Weight, ...]:
    """Return each asset's share of the equity beside the plan's target, the largest first.

    A target is a share of the equity that the plan was made with.
    """
    if equity_usd <= 0:
        return ()
    targets = {} if plan is None else dict(_targets(plan))
    held_usd = defaultdict(Decimal, {asset: _ZERO for asset, target in targets.items() if target})
    for row in held:
        held_usd[row.asset] += row.held_usd or _ZERO
    weights = (
        Weight(asset=asset, weight=float(usd / equity_usd), target=targets.get(asset))
        for asset, usd in held_usd.items()
    )
    return tuple(sorted(weights, key=lambda weight: (-weight.weight, weight.asset)))


def _targets(plan: PlanOfWeights) -> Iterator[tuple[str, float]]:
    for planned in plan.weights:
        if planned.target_usd is not None and plan.equity_usd > 0:
            yield planned.asset, float(planned.target_usd / plan.equity_usd)


def _metrics_by(
    results: Sequence[PackageResult], key: Callable[[PackageResult], str], period: Period, equity: Equity
) -> Mapping[str, Metrics]:
    """Measure a part's gains on the desk's whole capital; what that earns without risk is not the part's to beat."""
    return metrics_by(
        results,
        key,
        capital_usd=equity.start_usd,
        since=period.since,
        until=period.until,
        risk_free_rate=0.0,
    )


def _line(name: str, summary: ResultSummary, metrics: Metrics | None) -> ResultLine:
    return ResultLine(
        name=name,
        packages=summary.packages,
        win_rate=summary.win_rate,
        profit_factor=summary.profit_factor,
        net_usd=summary.net_usd,
        price_usd=summary.price_usd,
        funding_usd=summary.funding_usd,
        fees_usd=summary.fees_usd,
        borrow_usd=summary.borrow_usd,
        slippage_usd=summary.slippage_usd,
        mean_holding_h=summary.mean_holding_h,
        realised_apr=summary.realised_apr,
        expected_apr=summary.expected_apr,
        shares=summary.shares,
        metrics=metrics,
    )
