"""Decisions as tables for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.figures import figure, usd
from poise.why.decisions import Decision, DecisionsFound
from poise_common.contracts.packages import LimitCheck, Verdict

_COLOURS = {Verdict.APPROVED: "green", Verdict.APPROVED_SMALLER: "yellow", Verdict.REJECTED: "red"}
_WORDS = {Verdict.APPROVED: "approved", Verdict.APPROVED_SMALLER: "smaller", Verdict.REJECTED: "rejected"}
_ENDING = 8
"""So many last characters of an id tell it from others."""


def decisions_view(found: DecisionsFound) -> RenderableType:
    """Show what bound how often, then the decisions, newest last."""
    return Group(Text(_headline(found)), _tallies(found), _decisions(found))


def checks_view(found: DecisionsFound) -> RenderableType:
    """Show each decision with every limit that was checked, newest last."""
    return Group(*(part for decision in found.decisions for part in _with_checks(decision)))


def _headline(found: DecisionsFound) -> str:
    parts = [f"{found.counted(verdict):,} {word}" for verdict, word in _WORDS.items() if found.counted(verdict)]
    since = found.asked.since
    begin = "" if since is None else f" since {since:%H:%M:%S} UTC"
    return f"{found.count:,} decisions{begin}: {', '.join(parts)}"


def _tallies(found: DecisionsFound) -> Table:
    table = Table("verdict", "binding limit", title="by binding limit", title_justify="left")
    for heading in ("times", "asked", "approved"):
        table.add_column(heading, justify="right")
    table.add_column("last")
    table.add_column("assets")
    for tally in found.tallies:
        table.add_row(
            _verdict(tally.verdict),
            tally.binding_limit or "none",
            f"{tally.count:,}",
            usd(tally.requested_usd),
            usd(tally.approved_usd),
            f"{tally.last_at:%H:%M:%S}",
            escape(", ".join(tally.assets)),
        )
    return table


def _decisions(found: DecisionsFound) -> Table:
    shown = len(found.decisions)
    title = "decisions" if shown == found.count else f"the last {shown} of {found.count:,} decisions"
    table = Table(title=title, title_justify="left")
    for heading in ("at", "what", "verdict"):
        table.add_column(heading, no_wrap=True)
    for heading in ("asked", "approved"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    table.add_column("request", no_wrap=True)
    for decision in found.decisions:
        table.add_row(
            f"{decision.decided_at:%H:%M:%S}",
            escape(f"{decision.action.value} {decision.asset}"),
            _verdict(decision.verdict),
            usd(decision.requested_exposure_usd),
            usd(decision.approved_exposure_usd),
            escape(_why(decision)),
            str(decision.request_id)[-_ENDING:],
        )
    return table


def _why(decision: Decision) -> str:
    """Give risk's reason, which names the binding limit with its figures, and the size that would have passed."""
    passing = decision.passing_exposure_usd
    if passing is None:
        return decision.reason
    return f"{decision.reason}; {usd(passing) if passing else 'no size'} would pass"


def _with_checks(decision: Decision) -> Iterator[RenderableType]:
    asked = f"{decision.action.value} {decision.asset} ({decision.strategy}), {usd(decision.requested_exposure_usd)}"
    approved = "" if decision.verdict is Verdict.REJECTED else f" for {usd(decision.approved_exposure_usd)}"
    line = Text(f"{decision.decided_at:%Y-%m-%d %H:%M:%S.%f} UTC  {asked}: ")
    yield line.append(f"{_WORDS[decision.verdict]}{approved}", style=_COLOURS[decision.verdict])
    yield Text(f"request {decision.request_id}, package {decision.package_id}: {decision.reason}", style="dim")
    table = Table()
    table.add_column("limit", no_wrap=True)
    for heading in ("value", "allowed"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("passed")
    table.add_column("would pass", justify="right", no_wrap=True)
    table.add_column("detail", overflow="fold")
    for check in decision.checks:
        table.add_row(*_check(check), style="bold" if check is decision.binding else None)
    yield table


def _check(check: LimitCheck) -> tuple[str, str, str, str, str, str]:
    passing = check.passing_exposure_usd
    return (
        check.limit,
        figure(check.value),
        figure(check.allowed),
        "[green]yes[/]" if check.passed else "[red]no[/]",
        "any size" if passing is None else usd(passing),
        escape(check.detail),
    )


def _verdict(verdict: Verdict) -> str:
    return f"[{_COLOURS[verdict]}]{_WORDS[verdict]}[/]"
