"""Writes a run's figures into a page of the documentation, between marks that name them."""

from collections.abc import Sequence
from pathlib import Path

from tests.reliability.findings import Figure


class NoSuchBlock(Exception):
    """The page has no place for these figures."""

    def __init__(self, page: Path, block: str) -> None:
        super().__init__(f"{page} has no lines `{_begin(block)}` and `{_end(block)}` to write between")


def write_figures(page: Path, block: str, title: str, figures: Sequence[Figure]) -> None:
    """Replace what stands between the block's marks with a table of the figures."""
    text = page.read_text()
    before, begin, rest = text.partition(_begin(block))
    _, end, after = rest.partition(_end(block))
    if not begin or not end:
        raise NoSuchBlock(page, block)
    rows = [f"| {figure.name} | {figure.value} | {_verdict(figure)} |" for figure in figures]
    table = "\n".join([f"{title}", "", "| figure | value | must be |", "| --- | ---: | --- |", *rows])
    page.write_text(f"{before}{begin}\n{table}\n{end}{after}")


def _verdict(figure: Figure) -> str:
    if not figure.must:
        return ""
    return figure.must if figure.holds else f"{figure.must}: **not so**"


def _begin(block: str) -> str:
    return f"<!-- figures of {block} -->"


def _end(block: str) -> str:
    return f"<!-- end of {block} -->"
