"""A report as tables for a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.report.choosing import shown_of, traded_in
from poise.report.naming import WINDOWS, figures_of, parts_of, period_line
from poise.report.package_views import held_table, packages_table, results_tables, weights_table
from poise.report.period_report import Equity, PeriodReport
from poise.report.wording import bps, count, percent, signed_usd, usd, when

_SPARKS = "▁▂▃▄▅▆▇█"
_SPARK_CELLS = 72
_BAR_CELLS = 30
_ASSETS_MAX = 12
_PERPETUALS_MAX = 10
_WARM_FROM, _HOT_FROM = 0.5, 0.9


def report_view(report: PeriodReport) -> RenderableType:
    """Show all of a report, the result first."""
    return Group(*_parts(report))


def _parts(report: PeriodReport) -> Iterator[RenderableType]:
    yield Text(f"report of {period_line(report)}", style="bold")
    if report.equity is not None:
        yield _figures(report, report.equity)
        yield _spark(report.equity)
        yield _split(report.equity)
    yield from results_tables(report)
    if report.ended:
        yield packages_table(report.ended)
    if report.held:
        yield held_table(report.held)
    if report.weights:
        yield weights_table(report.weights, report.plan)
    yield from _correlations(report)
    if report.refused:
        yield _refused(report)
    if report.calibration:
        yield _calibration(report)
    for each in report.acknowledgements:
        moved = f"transfer {signed_usd(each.transfer_usd)}, result {signed_usd(each.result_usd)}"
        yield Text(f"{when(each.at)} {each.venue}: {moved}, taken by {each.operator}: {each.reason}", style="dim")


def _figures(report: PeriodReport, equity: Equity) -> Table:
    table = Table(show_header=False)
    for _ in range(2):
        table.add_column(style="bold", no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="dim")
    figures = figures_of(equity, report.total)
    half = (len(figures) + 1) // 2
    for left, right in zip(figures[:half], figures[half:], strict=False):
        table.add_row(*left, *right)
    return table


def _spark(equity: Equity) -> Text:
    """Draw the equity curve in one line: the last figure of each cell's time."""
    worths = [float(each.equity_usd) for each in equity.curve]
    cells = min(_SPARK_CELLS, len(worths))
    shown = [worths[(cell + 1) * len(worths) // cells - 1] for cell in range(cells)]
    low, high = min(shown), max(shown)
    heights = [round((worth - low) / (high - low) * (len(_SPARKS) - 1)) if high > low else 0 for worth in shown]
    return Text("equity ").append("".join(_SPARKS[height] for height in heights), style="cyan")


def _split(equity: Equity) -> Table:
    table = Table(title="what it is made of", title_justify="left", show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    parts = parts_of(equity)
    largest = max((abs(amount) for _, amount in parts), default=0.0) or 1.0
    for name, amount in parts:
        bar = "█" * round(abs(amount) / largest * _BAR_CELLS)
        table.add_row(name, signed_usd(amount), Text(bar, style="green" if amount >= 0 else "red"))
    table.add_row("net", signed_usd(equity.net_usd), "", style="bold")
    return table


def _correlations(report: PeriodReport) -> Iterator[Table]:
    for matrix in report.correlations:
        shown = shown_of(matrix, traded_in(report), _ASSETS_MAX)
        of = (
            "" if len(shown.assets) == len(matrix.assets) else f", {len(shown.assets)} of {len(matrix.assets):,} assets"
        )
        title = f"correlation of {WINDOWS.get(matrix.window, matrix.window)} ({when(matrix.as_of)}{of})"
        table = Table("", title=title, title_justify="left")
        for asset in shown.assets:
            table.add_column(escape(asset), justify="right", no_wrap=True)
        for asset, row in zip(shown.assets, shown.rho, strict=True):
            table.add_row(escape(asset), *_correlated(row))
        yield table


def _correlated(row: Sequence[float | None]) -> Iterator[Text]:
    for rho in row:
        if rho is None:
            yield Text("?", style="dim")
            continue
        style = "red" if rho >= _HOT_FROM else "yellow" if rho >= _WARM_FROM else "blue" if rho < 0 else ""
        yield Text(f"{rho:.2f}".replace("-", "−"), style=style)


def _refused(report: PeriodReport) -> Table:
    table = Table("limit", title="what refused packages would have made", title_justify="left")
    for heading in ("refused", "packages", "of which held", "won", "exposure", "price", "funding", "fees", "net"):
        table.add_column(heading, justify="right", no_wrap=True)
    for line in report.refused:
        counts = (line.refusals, line.packages, line.followed, line.winners)
        amounts = (line.price_usd, line.funding_usd, -line.fees_usd, line.net_usd)
        table.add_row(
            escape(line.binding_limit), *map(count, counts), usd(line.exposure_usd), *map(signed_usd, amounts)
        )
    return table


def _calibration(report: PeriodReport) -> Table:
    table = Table("lead", "perpetual", title="funding as it was foretold against what was settled, per interval")
    table.title_justify = "left"
    for heading in ("settlements", "settled", "bias", "mean error"):
        table.add_column(heading, justify="right", no_wrap=True)
    of_all = [line for line in report.calibration if line.symbol is None]
    worst = [line for line in report.calibration if line.symbol is not None][:_PERPETUALS_MAX]
    for line in (*of_all, *worst):
        name = "all" if line.symbol is None else f"{line.venue} {line.symbol}"
        error = percent(line.mean_absolute_error_per_interval, 4)
        figures = (percent(line.settled_per_interval, 4), bps(line.bias_per_interval), error)
        table.add_row(f"{line.lead_s / 60:g} min", escape(name), count(line.settlements), *figures)
    return table
