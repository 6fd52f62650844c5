"""Packages and what they add up to, as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.report.book.plans import PlanOfWeights
from poise.report.naming import plan_line
from poise.report.period_report import PackageLine, PeriodReport, ResultLine, Weight
from poise.report.wording import count, ending, lasting, percent, ratio, signed_percent, signed_usd, usd, when, words

_PACKAGES_MAX = 20
_BAR_CELLS = 30
_MONEY = ("price", "funding", "slippage", "fees", "borrow", "net")


def results_tables(report: PeriodReport) -> Iterator[Table]:
    """Show what packages that ended have made, by strategy, asset and venue."""
    if not report.ended:
        return
    for heading, lines in report.groups:
        yield _results(heading, lines)


def packages_table(lines: Sequence[PackageLine]) -> Table:
    """Show packages that ended, the last ones."""
    shown = lines[:_PACKAGES_MAX]
    title = "packages" if len(shown) == len(lines) else f"the last {len(shown)} of {len(lines):,} packages"
    table = _package_columns(f"{title} that ended", "ended")
    for line in shown:
        table.add_row(*_package(line, when(line.closed_at)))
    return table


def held_table(lines: Sequence[PackageLine]) -> Table:
    """Show packages that are held: what prices have made of them is in the equity, not booked."""
    table = _package_columns("still held, booked to date", "state")
    for line in lines:
        table.add_row(*_package(line, words(line.state.value)))
    return table


def weights_table(weights: Sequence[Weight], plan: PlanOfWeights | None) -> Table:
    """Show each asset's share of the equity, and how much the last plan wanted."""
    planned = "" if plan is None else f"; {plan_line(plan)}"
    table = Table("asset", title=escape(f"weights, of equity{planned}"), title_justify="left")
    table.add_column("held", justify="right")
    table.add_column("planned", justify="right")
    table.add_column("")
    largest = max((each.weight for each in weights), default=0.0) or 1.0
    for each in weights:
        bar = Text("█" * round(each.weight / largest * _BAR_CELLS), style="cyan")
        table.add_row(escape(each.asset), percent(each.weight, 1), percent(each.target, 1), bar)
    return table


def _results(heading: str, lines: Sequence[ResultLine]) -> Table:
    table = Table(heading, title=f"ended, by {heading}", title_justify="left")
    for name in ("packages", "won", "factor", "held", *_MONEY, "APR", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(
            escape(words(line.name)),
            count(line.packages),
            percent(line.win_rate, 0),
            ratio(line.profit_factor),
            lasting(line.mean_holding_h),
            *_money(line),
            signed_percent(line.realised_apr, 1),
            signed_percent(line.expected_apr, 1),
        )
    return table


def _package_columns(title: str, last: str) -> Table:
    table = Table("package", "asset", "strategy", "venue", "opened", last, title=title, title_justify="left")
    for name in ("held", "exposure", *_MONEY, "APR", "expected"):
        table.add_column(name, justify="right", no_wrap=True)
    return table


def _package(line: PackageLine, last: str) -> tuple[str, ...]:
    return (
        ending(line.package_id),
        escape(line.asset),
        escape(words(line.strategy)),
        escape(line.venue),
        when(line.opened_at),
        last,
        lasting(line.held_h),
        usd(line.exposure_usd),
        *_money(line),
        signed_percent(line.realised_apr, 1),
        signed_percent(line.expected_apr, 1),
    )


def _money(line: PackageLine | ResultLine) -> tuple[str, ...]:
    """Show the parts with their signs, so that they can be added up by eye."""
    costs = (-line.slippage_usd, -line.fees_usd, -line.borrow_usd)
    return tuple(signed_usd(amount) for amount in (line.price_usd, line.funding_usd, *costs, line.net_usd))
