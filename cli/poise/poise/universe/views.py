"""The universe as tables for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.universe.members import Membership

_UNKNOWN = "–"
_MILLION = 1e6


def membership_view(found: Membership, *, excluded_only: bool) -> RenderableType:
    """Show members, then who was left out, or the latter alone."""
    return Group(*_parts(found, excluded_only=excluded_only))


def _parts(found: Membership, *, excluded_only: bool) -> Iterator[RenderableType]:
    for line in found.attention:
        yield Text(f"! {line}", style="bold red")
    if found.as_of is None:
        return
    if not excluded_only:
        yield _members(found)
    if found.excluded:
        yield _excluded(found)
    elif excluded_only:
        yield Text("nothing of it is left out")


def _members(found: Membership) -> Table:
    title = f"{len(found.members)} assets may be traded, as of {found.as_of:%Y-%m-%d %H:%M:%S} UTC"
    table = Table(title=title, title_justify="left", caption="volumes and depth in millions of USD")
    for heading in ("tier", "asset", "sector", "venue", "spot", "hedge"):
        table.add_column(heading, no_wrap=True)
    for heading in ("volume", "hedge's", "depth", "spread %", "to BTC", "dated"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in found.members:
        table.add_row(
            str(each.tier),
            each.asset,
            each.sector,
            each.venue,
            escape(each.spot),
            escape(each.hedge),
            _millions(each.volume_24h_usd),
            _millions(each.hedge_volume_24h_usd),
            _millions(each.depth_usd),
            _UNKNOWN if each.spread_pct is None else f"{each.spread_pct:.4f}",
            _UNKNOWN if each.btc_correlation is None else f"{each.btc_correlation:.2f}",
            str(len(each.futures)),
        )
    return table


def _excluded(found: Membership) -> Table:
    table = Table("tier", "asset", "venue", title=f"{len(found.excluded)} left out", title_justify="left")
    table.add_column("why", overflow="fold")
    for each in found.excluded:
        table.add_row(str(each.tier), each.asset, each.venue, escape("; ".join(each.reasons)))
    return table


def _millions(usd: float | None) -> str:
    return _UNKNOWN if usd is None else f"{usd / _MILLION:,.1f}"
