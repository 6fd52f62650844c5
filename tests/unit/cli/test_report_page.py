"""The report as a page and in a terminal."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from io import StringIO
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rich.console import Console
from tests.unit.cli.reports import (
    DAY,
    HOUR,
    SINCE,
    UNTIL,
    acknowledgement,
    book,
    full_report,
    matrix,
    package,
    report,
    snapshot,
)

from poise.report.choosing import shown_of
from poise.report.page.bars import waterfall
from poise.report.page.curves import curve_of, thinned
from poise.report.page.heat_maps import colour_of, heat_map
from poise.report.page.page import page_of
from poise.report.page.scales import nice_step, nice_times, nice_values
from poise.report.period_report import PeriodReport
from poise.report.views import report_view

VOID = {"meta", "link", "br"}
FINITE = st.floats(-1e9, 1e9)


class Tags(HTMLParser):
    """Holds a page to closing what it opens."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def shown(made: PeriodReport) -> str:
    console = Console(file=StringIO(), width=200)
    console.print(report_view(made))
    return console.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def headings(page: str) -> list[str]:
    return re.findall(r"<h2>(.*?)</h2>", page)


def test_a_page_has_every_part_and_closes_all_it_opens() -> None:
    page = page_of(full_report())
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    assert tags.seen.count("svg") == 5  # equity, drawdown, parts, weights, one matrix
    assert headings(page) == [
        "Equity and drawdown",
        "What the result is made of",
        "By strategy, asset and venue",
        "Weights",
        "Correlation",
        "Still held",
        "Packages that ended",
        "What limits kept out",
        "Funding, foretold and settled",
        "Acknowledged differences",
    ]


def test_what_a_page_draws_is_well_formed() -> None:
    for drawn in re.findall(r"<svg.*?</svg>", page_of(full_report()), re.DOTALL):
        assert ElementTree.fromstring(drawn).tag == "svg"  # noqa: S314 - our own page


def test_a_page_needs_no_network_and_no_script() -> None:
    page = page_of(full_report())
    assert not re.search(r"https?:|//[a-z]|<script|<link|\ssrc=|@import|url\(", page)


def test_names_cannot_become_markup() -> None:
    hostile = "<script>alert(1)</script>"
    made = report(
        book(
            snapshot(SINCE),
            snapshot(SINCE + DAY),
            packages=(package(1, SINCE, SINCE + DAY, asset=hostile), package(2, asset=hostile)),
            matrices=(matrix((hostile, "ETH"), ((1, 0), (0, 1))),),
        )
    )
    page = page_of(made)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_parts_without_anything_are_left_out() -> None:
    made = report(book(snapshot(SINCE), snapshot(SINCE + HOUR)))
    assert headings(page_of(made)) == ["Equity and drawdown", "What the result is made of"]
    assert headings(page_of(report(book(packages=(package(1),))))) == ["Still held"]


def test_one_snapshot_makes_figures_and_no_curve() -> None:
    page = page_of(report(book(snapshot(SINCE, "123456"))))
    assert "from $123,456 to $123,456" in page
    assert headings(page) == ["What the result is made of"]


def test_a_transfer_is_marked_where_it_happened() -> None:
    moved = acknowledgement(SINCE + DAY, transfer="40000")
    snapshots = (snapshot(SINCE), snapshot(SINCE + 2 * DAY, "140000", external_usd="40000"))
    page = page_of(report(book(*snapshots, acknowledgements=(moved,))))
    assert "<title>paper: transfer +$40,000</title>" in page


def test_the_terminal_shows_the_result_and_what_it_is_made_of() -> None:
    text = shown(full_report())
    assert "report of 2026-10-01 00:00 to 2026-10-31 00:00 UTC, 30 d" in text
    for line in (
        r"net P&L\s+│?\s*\+\$1,413\.00",
        r"funding\s+│\s+\+\$719\.00",
        r"ETH\s+1 .*−\$70\.00",
        r"all\s+2\s+50 %",
    ):
        assert re.search(line, text), line
    for title in ("still held", "weights", "correlation of prices, 90 days", "refused packages", "foretold"):
        assert title in text


def test_a_desk_that_did_nothing_is_shown_too() -> None:
    assert "$100,000" in shown(report(book(snapshot(SINCE))))
    assert "still held" in shown(report(book(packages=(package(1),))))


@given(st.lists(FINITE, min_size=1, max_size=400), st.integers(1, 20))
def test_a_thinned_curve_keeps_its_ends_and_its_extremes(figures: list[float], columns: int) -> None:
    points = [(SINCE + number * HOUR, figure) for number, figure in enumerate(figures)]
    kept = thinned(points, columns)
    assert len(kept) <= max(4 * columns, 1)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert {min(figure for _, figure in kept), max(figure for _, figure in kept)} == {min(figures), max(figures)}
    assert all(earlier < later for (earlier, _), (later, _) in pairwise(kept))


@given(st.lists(FINITE, min_size=2, max_size=50))
def test_a_curve_stays_inside_its_picture(figures: list[float]) -> None:
    points = [(SINCE + number * HOUR, figure) for number, figure in enumerate(figures)]
    drawn = curve_of(points, lambda figure, _: f"{figure:g}", height=200, origin=0.0)
    assert drawn is not None
    places = [tuple(map(float, place.split())) for place in re.split("[MLZ]", drawn.area) if place]
    assert all(drawn.left - 0.1 <= x <= drawn.right + 0.1 for x, _ in places)
    assert all(drawn.top - 0.1 <= y <= drawn.bottom + 0.1 for _, y in places)
    assert all(drawn.top - 0.1 <= tick.place <= drawn.bottom + 0.1 for tick in drawn.y_ticks)


@given(FINITE, st.floats(1e-6, 1e9), st.integers(2, 12))
def test_figures_beside_a_drawing_are_round_and_not_too_many(low: float, span: float, most: int) -> None:
    high = low + span
    assume(high > low)
    values = nice_values(low, high, most)
    assert len(values) <= most + 1
    step = nice_step(high - low, most)
    assert f"{step:.3e}"[:5] in {"1.000", "2.000", "2.500", "5.000"}
    rounding = abs(low) * 1e-15
    assert all(after - before == pytest.approx(step, rel=1e-9, abs=rounding) for before, after in pairwise(values))


@given(st.integers(1, 5_000), st.integers(2, 12))
def test_times_beside_a_drawing_are_in_the_period_and_not_too_many(hours: int, most: int) -> None:
    until = SINCE + timedelta(hours=hours)
    times: tuple[datetime, ...] = nice_times(SINCE, until, most)
    assert len(times) <= most + 1
    assert all(SINCE <= at <= until for at in times)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=8))
def test_each_bar_begins_where_the_one_before_it_ended(amounts: list[float]) -> None:
    drawn = waterfall([("part", amount, "") for amount in amounts], ("net", sum(amounts), ""))
    reached = drawn.zero
    for bar, amount in zip(drawn.bars, amounts, strict=False):
        assert reached == pytest.approx(bar.start if amount >= 0 else bar.end, abs=1e-6)
        reached = bar.carried
    assert drawn.bars[-1].carried == pytest.approx(reached, abs=1e-6)


def test_colours_run_from_cold_over_none_to_warm() -> None:
    cold, none, warm = colour_of(-1.0), colour_of(0.0), colour_of(1.0)
    assert cold[2] > cold[0]
    assert warm[0] > warm[2]
    assert max(none) - min(none) < 5
    assert colour_of(0.5)[0] > colour_of(0.5)[2]


def test_an_unknown_correlation_is_said_to_be_unknown() -> None:
    drawn = heat_map(("BTC", "ETH"), ((1.0, None), (None, 1.0)))
    assert [cell.told for cell in drawn.cells] == [
        "BTC and BTC: 1.00",
        "BTC and ETH: unknown",
        "ETH and BTC: unknown",
        "ETH and ETH: 1.00",
    ]


@given(st.integers(1, 12), st.integers(1, 12))
def test_a_part_of_a_matrix_has_the_same_correlations(size: int, most: int) -> None:
    assets = tuple(f"A{number}" for number in range(size))
    known = {
        frozenset((one, other)): Decimal(place).scaleb(-2)
        for place, (one, other) in enumerate((one, other) for one in assets for other in assets)
    }
    rho = [[float(known[frozenset((one, other))]) for other in assets] for one in assets]
    part = shown_of(matrix(assets, rho), assets[::-1], most)
    assert len(part.assets) == min(size, most)
    assert set(part.assets) == set(assets[::-1][:most])
    for one, row in zip(part.assets, part.rho, strict=True):
        assert row == tuple(float(known[frozenset((one, other))]) for other in part.assets)


def test_what_moves_together_stands_together() -> None:
    rho = ((1, 0.1, 0.9, 0.2), (0.1, 1, 0.1, 0.95), (0.9, 0.1, 1, 0.3), (0.2, 0.95, 0.3, 1))
    assert shown_of(matrix(("BTC", "DOGE", "ETH", "SHIB"), rho), (), 4).assets == ("BTC", "ETH", "SHIB", "DOGE")


def test_borrow_is_shown_where_something_was_borrowed() -> None:
    for borrow, is_shown in (("0", False), ("3.5", True)):
        made = report(book(packages=(package(1, SINCE, SINCE + DAY, borrow_usd=Decimal(borrow)),)))
        assert ("<th>borrow</th>" in page_of(made)) == is_shown
        assert ("−$3.50" in page_of(made)) == is_shown
        assert (" borrow " in shown(made)) == is_shown


def test_the_last_packages_are_shown_where_there_are_too_many() -> None:
    packages = tuple(package(number, SINCE, SINCE + number * timedelta(minutes=1)) for number in range(1, 601))
    made = report(book(packages=packages))
    page = page_of(made)
    assert "The last 500 of 600." in page
    assert page.count("<code") == 500
    assert "the last 20 of 600 packages" in shown(made)
    assert made.ended[0].closed_at == SINCE + timedelta(minutes=600) < UNTIL
