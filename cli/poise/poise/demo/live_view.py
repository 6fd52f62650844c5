"""The live table of a running desk."""

import math

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from poise.demo.desk_view import DeskView
from poise_common.contracts.packages import CandidateEvaluated
from poise_common.contracts.state import SystemMode

_MODE_STYLE = {SystemMode.ACTIVE: "bold green", SystemMode.REDUCING: "bold yellow", SystemMode.HALTED: "bold red"}
_CANDIDATES_SHOWN = 6


def render(view: DeskView, seconds_left: float | None) -> RenderableType:
    """Draw the desk: standing, packages, best candidates, decisions."""
    return Group(_standing(view, seconds_left), _packages(view), _candidates(view), _log(view))


def _standing(view: DeskView, seconds_left: float | None) -> Panel:
    line = Text()
    if view.risk is not None:
        line.append(view.risk.mode.value.upper(), _MODE_STYLE[view.risk.mode])
    if (portfolio := view.portfolio) is not None:
        pnl = portfolio.equity_usd - portfolio.day_start_equity_usd
        line.append(f"  equity ${portfolio.equity_usd:,.2f}")
        line.append(f"  P&L {pnl:+,.2f}", "green" if pnl >= 0 else "red")
        line.append(f"  exposure ${portfolio.exposure_usd:,.0f}  net delta ${portfolio.net_delta_usd:,.2f}")
        line.append(f"  funding {portfolio.funding_usd:+,.2f}  fees {portfolio.fees_usd:,.2f}")
        line.append(f"  ledger − venue ${portfolio.ledger_residual_usd:,.4f}")
    counts = "  ".join(f"{name} {count:,}" for name, count in view.counts.items())
    way = view.latency
    latency = "" if way is None or way.p50 is None else f"tick to order p50 {way.p50:.1f} ms  p99 {way.p99:.1f} ms"
    left = "waiting for the first book" if seconds_left is None else f"{max(0, seconds_left):.0f} s left"
    lines = [line, Text(f"{counts}  {latency}", "dim")]
    if view.scenario is not None:
        lines.append(Text(view.scenario, "bold magenta"))
    return Panel(Group(*lines), title="Poise, paper trading", subtitle=left)


def _packages(view: DeskView) -> Table:
    table = Table(title="Packages", expand=True, title_justify="left")
    table.add_column("asset")
    table.add_column("venues")
    table.add_column("strategy")
    table.add_column("state")
    for name in ("exposure $", "unrealised $", "funding $", "fees $", "residual $"):
        table.add_column(name, justify="right")
    for package in view.portfolio.packages if view.portfolio else ():
        table.add_row(
            package.asset,
            _venues(package.long_leg.venue, package.short_leg.venue),
            package.strategy,
            package.state.value,
            f"{package.exposure_usd:,.0f}",
            f"{package.unrealised_pnl_usd:+,.2f}",
            f"{package.funding_usd:+,.2f}",
            f"{package.fees_usd:,.2f}",
            f"{package.residual_delta_usd:+,.2f}",
        )
    return table


def _candidates(view: DeskView) -> Table:
    table = Table(title="Best candidates", expand=True, title_justify="left")
    table.add_column("asset")
    table.add_column("venues")
    for name in ("basis %", "net yield %", "net APR %"):
        table.add_column(name, justify="right")
    table.add_column("why not")
    ranked = sorted(view.candidates.values(), key=_yield_or_none_last, reverse=True)
    for candidate in ranked[:_CANDIDATES_SHOWN]:
        table.add_row(
            f"{candidate.asset}{' (held)' if candidate.held else ''}",
            _venues(candidate.long_id.venue, candidate.short_id.venue),
            _percent(candidate.basis),
            _percent(candidate.net_yield),
            _percent(candidate.net_apr),
            candidate.why_not or "",
        )
    return table


def _venues(long_venue: str, short_venue: str) -> str:
    return long_venue if long_venue == short_venue else f"{long_venue} / {short_venue}"


def _log(view: DeskView) -> Panel:
    lines = [f"{at:%H:%M:%S}  {text}" if at else f"          {text}" for at, text in view.log]
    return Panel(Text("\n".join(lines)), title="Decisions", title_align="left")


def _yield_or_none_last(candidate: CandidateEvaluated) -> float:
    return -math.inf if candidate.net_yield is None else candidate.net_yield


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.3f}"
