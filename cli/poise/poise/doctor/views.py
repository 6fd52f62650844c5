"""A diagnosis as tables for a terminal: what wants a person is marked, with what to do."""

from collections.abc import Iterator
from itertools import groupby

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.doctor.findings import Diagnosis, Finding, Verdict

_STYLES = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "bold red", Verdict.UNKNOWN: "dim"}


def diagnosis_view(diagnosis: Diagnosis) -> RenderableType:
    """Show all that was found, area by area, and what it comes to."""
    return Group(*_parts(diagnosis))


def _parts(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    for area, findings in groupby(diagnosis.findings, key=lambda each: each.area):
        yield _table(area, tuple(findings))
    counts = ", ".join(f"{diagnosis.count(verdict)} {verdict.value}" for verdict in Verdict)
    yield Text(f"{diagnosis.worst.value}: {counts}", style=_STYLES[diagnosis.worst])


def _table(area: str, findings: tuple[Finding, ...]) -> Table:
    table = Table(title=area, title_justify="left", show_header=False, box=None, padding=(0, 1))
    table.add_column(width=len(Verdict.UNKNOWN.value))
    table.add_column(min_width=18)
    table.add_column(overflow="fold")
    for each in findings:
        text = Text(each.found)
        if each.to_do and each.verdict is not Verdict.OK:
            text.append(f"\n→ {each.to_do}", style="italic")
        table.add_row(Text(each.verdict.value, style=_STYLES[each.verdict]), escape(each.about), text)
    return table
