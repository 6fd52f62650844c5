"""Term structures for a terminal: a table of each asset's expiries, with its yearly basis as bars."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.opportunities.term_structure import Expiry, TermStructure, TermStructures

_BAR_CELLS = 24
_UNKNOWN = "–"


def term_structures_view(found: TermStructures) -> RenderableType:
    """Show each asset's expiries, the nearest first."""
    return Group(*_parts(found))


def _parts(found: TermStructures) -> Iterator[RenderableType]:
    for line in found.attention:
        yield Text(f"! {line}", style="bold red")
    if not found.structures:
        yield Text("no dated future is being looked at: none is in the universe, or cash_and_carry is switched off")
    for structure in found.structures:
        yield _table(structure)


def _table(structure: TermStructure) -> Table:
    table = Table(title=f"{structure.asset}: basis a year by expiry", title_justify="left")
    table.add_column("future", no_wrap=True)
    table.add_column("expires (UTC)", no_wrap=True)
    for heading in ("days", "spot", "future", "basis %", "a year %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for heading in ("net %", "net APR %"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("standing", overflow="fold")
    longest = max(abs(expiry.annualised_basis) for expiry in structure.expiries)
    for expiry in structure.expiries:
        table.add_row(
            escape(f"{expiry.venue}:{expiry.symbol}"),
            f"{expiry.expires_at:%Y-%m-%d %H:%M}",
            f"{expiry.days_to_expiry:.1f}",
            f"{expiry.spot_price:,.6g}",
            f"{expiry.future_price:,.6g}",
            f"{100 * expiry.basis:.3f}",
            f"{100 * expiry.annualised_basis:.2f}",
            _bar(expiry, longest),
            _percent(expiry.net_yield),
            _percent(expiry.net_apr),
            escape("held" if expiry.held else expiry.why_not or "asked for"),
        )
    return table


def _bar(expiry: Expiry, longest: float) -> Text:
    cells = 0 if longest == 0 else round(abs(expiry.annualised_basis) / longest * _BAR_CELLS)
    return Text("█" * cells, style="green" if expiry.annualised_basis >= 0 else "red")


def _percent(fraction: float | None) -> str:
    return _UNKNOWN if fraction is None else f"{100 * fraction:.2f}"
