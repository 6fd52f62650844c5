"""Limits, and what was changed of them, as tables for a terminal."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.figures import figure
from poise.limits.changes import Figure, LimitChange
from poise.limits.usage import LimitsUsed, LimitUse
from poise_common.contracts.state import LimitsInForce

_BAR_CELLS = 20
_WHOLE_PCT = Decimal(100)
_NARROW_PCT = Decimal(75)
"""From here on a limit is shown as getting narrow."""
_DIGEST = 12
"""So many first characters of a digest tell one set of limits from others."""


def limits_view(used: LimitsUsed) -> RenderableType:
    """Show which limits are in force and how much of each is used, the most used first."""
    return Group(*_parts(used))


def changes_view(changes: Iterable[LimitChange]) -> RenderableType:
    """Show the record of the limits, newest last."""
    table = Table("at", "by", "reason", "outcome", "profile", "digest", "what", title="limits", title_justify="left")
    for change in changes:
        table.add_row(
            f"{change.ordered_at:%Y-%m-%d %H:%M:%S}",
            escape(change.operator),
            escape(change.reason),
            change.outcome or "being read",
            change.profile or "",
            (change.digest_after or "")[:_DIGEST],
            escape("\n".join(_what(change))),
        )
    return table


def change_lines(change: LimitChange) -> Iterator[str]:
    """Say what an order to read the limits anew has changed, a line each."""
    yield from _figures(change)
    yield from (f"note: {notice}" for notice in change.notices)


def in_force_line(in_force: LimitsInForce) -> str:
    """Say which limits risk goes by."""
    return (
        f"profile {in_force.profile} ({in_force.digest[:_DIGEST]}), since {in_force.since:%Y-%m-%d %H:%M:%S} UTC"
        f" by {in_force.set_by}"
    )


def _parts(used: LimitsUsed) -> Iterator[RenderableType]:
    for line in used.attention:
        yield Text(f"! {line}", style="bold red")
    if used.in_force is not None:
        yield Text(in_force_line(used.in_force))
    if used.limits:
        yield _uses(used.limits)


def _uses(limits: Iterable[LimitUse]) -> Table:
    table = Table()
    table.add_column("limit", no_wrap=True)
    table.add_column("of", overflow="fold")
    for heading in ("value", "allowed"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("used", no_wrap=True)
    table.add_column("headroom", justify="right", no_wrap=True)
    for use in limits:
        allowed = f"{'≥' if use.at_least else '≤'} {figure(use.allowed)}"
        left = "none" if use.headroom_pct is None else f"{use.headroom_pct:.0f} %"
        table.add_row(use.limit, escape(use.subject), figure(use.value), allowed, _bar(use), left)
    return table


def _bar(use: LimitUse) -> Text:
    used_pct = _WHOLE_PCT if use.used_pct is None else min(use.used_pct, _WHOLE_PCT)
    full = int(used_pct * _BAR_CELLS / _WHOLE_PCT)
    colour = "red" if use.reached else "yellow" if used_pct >= _NARROW_PCT else "green"
    return Text("█" * full, style=colour).append("░" * (_BAR_CELLS - full), style="dim")


def _what(change: LimitChange) -> Iterator[str]:
    if change.refusal is not None:
        yield change.refusal
    yield from _figures(change)


def _figures(change: LimitChange) -> Iterator[str]:
    for key, (before, after) in change.changes.items():
        yield f"{key}: {_told(before)} → {_told(after)}"


def _told(value: Figure | None) -> str:
    if value is None:
        return "none"
    return ", ".join(value) if isinstance(value, list) else str(value)
