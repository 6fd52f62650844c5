"""The list of opportunities as a table for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.opportunities.ranking import Opportunity, Ranking

_BPS = 10_000
_UNKNOWN = "–"


def ranking_view(ranking: Ranking) -> RenderableType:
    """Show the list, and what keeps it from being the newest."""
    return Group(*_parts(ranking))


def _parts(ranking: Ranking) -> Iterator[RenderableType]:
    for line in ranking.attention:
        yield Text(f"! {line}", style="bold red")
    if not ranking.opportunities:
        yield Text(f"none of {ranking.candidates} candidates is among those asked for")
        return
    yield _table(ranking)


def _table(ranking: Ranking) -> Table:
    title = f"{len(ranking.opportunities)} of {ranking.candidates} candidates at {ranking.read_at:%H:%M:%S} UTC"
    table = Table(title=title, title_justify="left", caption="yields in bps of the notional", caption_justify="left")
    table.add_column("#", justify="right", no_wrap=True)
    for heading in ("strategy", "asset", "long", "short"):
        table.add_column(heading, no_wrap=True)
    for heading in ("gross", "fees", "slip", "buffer", "net", "funding", "APR %", "sure", "capacity $"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("standing", overflow="fold")
    for each in ranking.opportunities:
        table.add_row(*_row(each), style="green" if each.wanted and not each.held else None)
    return table


def _row(each: Opportunity) -> tuple[str, ...]:
    return (
        str(each.rank),
        each.strategy,
        each.asset,
        escape(each.long),
        escape(each.short),
        _bps(each.gross_basis),
        _bps(each.fees),
        _bps(each.slippage),
        _bps(each.safety_buffer),
        _bps(each.net_yield),
        _bps(each.expected_funding),
        _UNKNOWN if each.net_apr is None else f"{100 * each.net_apr:,.1f}",
        _UNKNOWN if each.confidence is None else f"{100 * each.confidence:.0f} %",
        _UNKNOWN if each.capacity_usd is None else f"{each.capacity_usd:,.0f}",
        escape(_standing(each)),
    )


def _standing(each: Opportunity) -> str:
    if each.held:
        return "held" if each.why_not is None else f"held: {each.why_not}"
    return each.why_not or "asked for"


def _bps(fraction: float | None) -> str:
    return _UNKNOWN if fraction is None else f"{_BPS * fraction:.1f}"
