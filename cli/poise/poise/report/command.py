"""`poise report`: what the desk made in a period, as tables and as one page."""

from pathlib import Path
from typing import Annotated

import typer

from poise.asking import Json, Wait, asked, to_write
from poise.desk_book import consult
from poise.report.book.reading import BookOfPeriod, read_book
from poise.report.period import DAYS, NoSuchPeriod, Period, moment, period_of
from poise.report.wording import when
from poise.terminal import NOT_AS_ORDERED, fail, output, say_error, say_progress
from poise_common.platform.clock import utc_now
from poise_common.platform.refusals import ConfigRefused

app = typer.Typer()

_WAIT_S = 60.0
"""A year of a large desk takes its time."""


@app.command(
    epilog="Example: poise report --days 7 --html report.html; poise report --since 2026-10-01 --until 2026-11-01"
    " (exit code 1: the book has nothing of the period)"
)
def report(
    *,
    since: Annotated[str | None, typer.Option(help="From this date or time on, UTC.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this date or time, UTC; now where it is left out.")] = None,
    days: Annotated[
        float | None,
        typer.Option(min=0.001, max=36_500, help=f"How many days: up to the end, or from --since on; else {DAYS}."),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(dir_okay=False, callback=to_write, help="Write the report as one page to this file, too."),
    ] = None,
    wait_s: Wait = _WAIT_S,
    json: Json = False,
) -> None:
    """Show what the desk made in a period and by what: result, risk, packages, and what limits kept out."""
    from poise.report.assumptions import read_assumptions  # noqa: PLC0415 - the portfolio's reckoning loads slowly
    from poise.report.reckoning import reckon  # noqa: PLC0415 - as above

    period = _period(since, until, days)
    try:
        assumptions = read_assumptions()
    except ConfigRefused as refused:
        fail(str(refused))
    book = asked(consult(lambda connection: read_book(connection, period), wait_s=wait_s))
    found = reckon(book, assumptions, utc_now())
    if json:
        typer.echo(found.model_dump_json())
    if found.is_empty:
        say_error(_nothing(book))
        raise typer.Exit(NOT_AS_ORDERED)
    if not json:
        from poise.report.views import report_view  # noqa: PLC0415 - as above

        output().print(report_view(found))
    if html is not None:
        from poise.report.page.page import page_of  # noqa: PLC0415 - templates load slowly

        html.write_text(page_of(found), encoding="utf-8")
        say_progress(f"the page is in {html}")


def _period(since: str | None, until: str | None, days: float | None) -> Period:
    try:
        begin, end = (None if given is None else moment(given) for given in (since, until))
        return period_of(utc_now(), since=begin, until=end, days=days)
    except NoSuchPeriod as refused:
        raise typer.BadParameter(str(refused)) from None


def _nothing(book: BookOfPeriod) -> str:
    period, extent = book.period, book.extent
    nothing = f"the book has nothing of {when(period.since)} to {when(period.until)} UTC"
    if extent.first is None:
        return f"{nothing}, nor of any other time: no desk has traded on it. `poise status` shows whether one runs"
    return f"{nothing}; it has the desk's worth from {when(extent.first)} to {when(extent.last)}"
