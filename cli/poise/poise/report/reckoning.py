"""From the book of a period to its report."""

from datetime import datetime
from decimal import Decimal

from poise.report.assumptions import Assumptions
from poise.report.book.reading import BookOfPeriod
from poise.report.equity_reckoning import reckon_equity
from poise.report.package_reckoning import line_of, lines_by, result_of, total_of, weights_of
from poise.report.period_report import PeriodReport


def reckon(book: BookOfPeriod, assumptions: Assumptions, made_at: datetime) -> PeriodReport:
    """Make the report."""
    period = book.period
    equity = reckon_equity(book.equity, period, assumptions.risk_free_rate)
    ended = [row for row in book.packages if row.closed_at is not None and row.closed_at < period.until]
    held = [row for row in book.packages if row.closed_at is None or row.closed_at >= period.until]
    results = [result_of(row, assumptions) for row in ended]
    lines = [line_of(row, result, period.until, is_held=False) for row, result in zip(ended, results, strict=True)]
    return PeriodReport(
        period=period,
        made_at=made_at,
        book_from=book.extent.first,
        book_until=book.extent.last,
        equity=equity,
        acknowledgements=tuple(each for each in book.equity.acknowledgements if each.at >= period.since),
        ended=tuple(sorted(lines, key=lambda line: line.closed_at or made_at, reverse=True)),
        held=tuple(line_of(row, result_of(row, assumptions), period.until, is_held=True) for row in held),
        total=total_of(results),
        by_strategy=lines_by(results, lambda result: result.strategy, period, equity),
        by_asset=lines_by(results, lambda result: result.asset, period, equity),
        by_venue=lines_by(results, lambda result: result.venue, period, equity),
        weights=weights_of(held, Decimal(0) if equity is None else equity.end_usd, book.plan),
        plan=book.plan,
        correlations=book.matrices,
        refused=book.hindsight.refused,
        calibration=book.hindsight.calibration,
    )
