"""The desk's standing as tables for a terminal."""

from collections.abc import Iterator
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.operating.acknowledging import Locked
from poise.operating.status import DeskStatus
from poise_common.contracts.execution import VenueState
from poise_common.contracts.state import SystemMode

_MODE_COLOURS = {SystemMode.ACTIVE: "green", SystemMode.REDUCING: "yellow", SystemMode.HALTED: "red"}

WHAT_ACKNOWLEDGING_DOES = (
    "Acknowledging takes the account as the venue has it: the books follow, packages that lost something are left"
    " halted with what they have, and the lock ends. Risk stays HALTED until `poise resume`."
)


def lock_table(locked: Locked) -> Table:
    """Show in what a venue's account differs from the books."""
    lock = locked.lock
    table = Table(
        title=f"{locked.venue} is locked since {lock.since:%Y-%m-%d %H:%M:%S} UTC", title_justify="left", expand=False
    )
    for heading in ("what", "wallet", "name"):
        table.add_column(heading)
    for heading in ("expected", "actual", "difference"):
        table.add_column(heading, justify="right")
    table.add_column("known of it")
    for line in lock.differences:
        amounts = (line.expected, line.actual, line.actual - line.expected)
        table.add_row(
            line.kind.value, line.wallet, escape(line.name), *(f"{amount:f}" for amount in amounts), escape(line.detail)
        )
    return table


def status_view(status: DeskStatus) -> RenderableType:
    """Show the desk's standing, what wants a person first."""
    return Group(*_parts(status))


def _parts(status: DeskStatus) -> Iterator[RenderableType]:
    for line in status.attention:
        yield Text(f"! {line}", style="bold red")
    risk = status.risk
    if risk is not None:
        flattening = ", closing every package" if risk.flattening else ""
        line = f"risk is {risk.mode.value.upper()}{flattening}: {risk.reason}"
        yield Text(f"{line} ({risk.set_by}, {risk.since:%Y-%m-%d %H:%M:%S} UTC)", style=_MODE_COLOURS[risk.mode])
    if status.phase is not None:
        yield Text(f"phase {status.phase.phase} since {status.phase.since:%Y-%m-%d %H:%M:%S} UTC; see `poise phase`")
    if status.portfolio is not None:
        portfolio = status.portfolio
        made = portfolio.equity_usd - portfolio.day_start_equity_usd
        yield Text(
            f"equity ${portfolio.equity_usd:,.2f}, today {_signed(made)}; exposure ${portfolio.exposure_usd:,.0f};"
            f" net delta {_signed(portfolio.net_delta_usd)}; ledger residual ${portfolio.ledger_residual_usd:,.2f}"
        )
    yield _venues(status)
    if status.portfolio is not None and status.portfolio.packages:
        yield _packages(status)
    if status.alerts:
        yield _alerts(status)


def _venues(status: DeskStatus) -> Table:
    table = Table("venue", "reconciled", "clock", "in doubt", "resting", "lock", title="venues", title_justify="left")
    for state in status.venues:
        clock = "unknown" if state.clock_offset_ms is None else f"{state.clock_offset_ms:+d} ms"
        lock = "" if state.lock is None else f"since {state.lock.since:%H:%M:%S}"
        counts = (str(state.orders_in_doubt), str(state.resting_orders))
        table.add_row(state.venue, _reconciled(state, status), clock, *counts, lock)
    return table


def _reconciled(state: VenueState, status: DeskStatus) -> str:
    if state.reconciled_at is None:
        return "not yet"
    return f"{(status.read_at - state.reconciled_at).total_seconds():.0f} s ago"


def _packages(status: DeskStatus) -> Table:
    table = Table("asset", "state", "exposure", "unhedged", "made", "package", title="packages", title_justify="left")
    for package in () if status.portfolio is None else status.portfolio.packages:
        made = package.unrealised_pnl_usd + package.funding_usd - package.fees_usd
        table.add_row(
            "/".join(package.assets),
            package.state.value,
            f"${package.exposure_usd:,.0f}",
            _signed(package.residual_delta_usd),
            _signed(made),
            str(package.package_id),
        )
    return table


def _alerts(status: DeskStatus) -> Table:
    table = Table("since", "severity", "alert", "subject", "text", title="alerts", title_justify="left")
    for alert in status.alerts:
        table.add_row(
            f"{alert.raised_at:%H:%M:%S}", alert.severity.value, alert.name, escape(alert.subject), escape(alert.text)
        )
    return table


def _signed(usd: Decimal) -> str:
    return f"{'-' if usd < 0 else '+'}${abs(usd):,.2f}"
