"""Packages and what they add up to, as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.report.book.plans import PlanOfWeights
from poise.report.naming import plan_line
from poise.report.period_report import PackageLine, PeriodReport, ResultLine, Weight
from poise.report.wording import count, ending, lasting, percent, ratio, signed_percent, signed_usd, usd, when, words

_PACKAGES_MAX = 20
_BAR_CELLS = 30


def results_tables(report: PeriodReport) -> Iterator[Table]:
    """Show what packages that ended have made, by strategy, asset and venue."""
    if report.ended:
        yield from (_results(heading, lines) for heading, lines in report.groups)


def packages_table(lines: Sequence[PackageLine]) -> Table:
    """Show packages that ended, the last ones."""
    shown = lines[:_PACKAGES_MAX]
    title = "packages" if len(shown) == len(lines) else f"the last {len(shown)} of {len(lines):,} packages"
    return _packages(f"{title} that ended", "ended", [(line, when(line.closed_at)) for line in shown])


def held_table(lines: Sequence[PackageLine]) -> Table:
    """Show packages that are held: what prices have made of them is in the equity, not booked."""
    return _packages("still held, booked to date", "state", [(line, words(line.state.value)) for line in lines])


def weights_table(weights: Sequence[Weight], plan: PlanOfWeights | None) -> Table:
    """Show each asset's share of the equity, and how much the last plan wanted."""
    planned = "" if plan is None else f"; {plan_line(plan)}"
    table = _table(f"weights, of equity{planned}", "asset")
    for heading in ("held", "planned"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("")
    largest = max((each.weight for each in weights), default=0.0) or 1.0
    for each in weights:
        bar = Text("█" * round(each.weight / largest * _BAR_CELLS), style="cyan")
        table.add_row(escape(each.asset), percent(each.weight, 1), percent(each.target, 1), bar)
    return table


def _results(heading: str, lines: Sequence[ResultLine]) -> Table:
    table = _table(f"ended, by {heading}", heading)
    money = _money_names(lines)
    for name in ("packages", "won", "factor", "held", *money, "APR", "expected", "return", "Sharpe", "drawdown"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        metrics = line.metrics
        table.add_row(
            escape(words(line.name)),
            count(line.packages),
            percent(line.win_rate, 0),
            ratio(line.profit_factor),
            lasting(line.mean_holding_h),
            *_money(line, money),
            signed_percent(line.realised_apr, 1),
            signed_percent(line.expected_apr, 1),
            signed_percent(None if metrics is None else metrics.total_return),
            ratio(None if metrics is None else metrics.sharpe),
            percent(None if metrics is None else metrics.max_drawdown),
        )
    return table


def _packages(title: str, last: str, lines: Sequence[tuple[PackageLine, str]]) -> Table:
    table = _table(title, "package", "asset", "strategy", "venue", last)
    money = _money_names([line for line, _ in lines])
    for name in ("held", "exposure", *money, "APR", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    for line, told in lines:
        table.add_row(
            ending(line.package_id),
            escape(line.asset),
            escape(words(line.strategy)),
            escape(line.venue),
            told,
            lasting(line.held_h),
            usd(line.exposure_usd),
            *_money(line, money),
            signed_percent(line.realised_apr, 1),
            signed_percent(line.expected_apr, 1),
        )
    return table


def _table(title: str, *headings: str) -> Table:
    return Table(*headings, title=escape(title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _money_names(lines: Sequence[PackageLine | ResultLine]) -> tuple[str, ...]:
    """Name the parts of a result; borrow only where something was: few desks have any, and a terminal is narrow."""
    borrow = ("borrow",) if any(line.borrow_usd for line in lines) else ()
    return ("price", "funding", "slippage", "fees", *borrow, "net")


def _money(line: PackageLine | ResultLine, names: Sequence[str]) -> tuple[str, ...]:
    """Show the parts with their signs, so that they can be added up by eye."""
    parts = {
        "price": line.price_usd,
        "funding": line.funding_usd,
        "slippage": -line.slippage_usd,
        "fees": -line.fees_usd,
        "borrow": -line.borrow_usd,
        "net": line.net_usd,
    }
    return tuple(signed_usd(parts[name]) for name in names)
