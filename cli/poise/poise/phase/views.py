"""The phase and its gate for a terminal."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.phase.standing import PhaseStanding
from poise_common.contracts.state import GateLine, PhaseState


def phase_view(standing: PhaseStanding) -> RenderableType:
    """Show the phase, and what the next one asks for beside what the desk has."""
    return Group(*_parts(standing))


def phase_line(phase: PhaseState) -> str:
    """Say which phase the desk is in, since when and why."""
    return f"phase {phase.phase} since {phase.since:%Y-%m-%d %H:%M:%S} UTC, set by {phase.set_by}: {phase.reason}"


def _parts(standing: PhaseStanding) -> Iterator[RenderableType]:
    for line in standing.attention:
        yield Text(f"! {line}", style="bold red")
    phase = standing.phase
    if phase is None:
        return
    yield Text(phase_line(phase), style="bold")
    if phase.next_phase is None:
        yield Text("it is the last one; a breach of what it required takes the desk back")
        return
    yield _gate(phase)
    missing = len(standing.missing)
    if missing:
        things = "requirement is" if missing == 1 else "requirements are"
        yield Text(f"{missing} {things} not met: the desk stays in phase {phase.phase}", style="yellow")
    else:
        yield Text(f"every requirement is met: `poise phase promote {phase.next_phase}` takes it on", style="green")


def _gate(phase: PhaseState) -> Table:
    table = Table(title=f"the gate to phase {phase.next_phase}", title_justify="left")
    table.add_column("", no_wrap=True)
    table.add_column("what", no_wrap=True)
    table.add_column("now", overflow="fold")
    table.add_column("needed", overflow="fold")
    for line in phase.gate:
        needed = line.needed if line.is_required else f"{line.needed} (recommended)"
        table.add_row(_mark(line), escape(line.name), escape(line.value), escape(needed))
    return table


def _mark(line: GateLine) -> Text:
    if line.is_met:
        return Text("yes", style="green")
    return Text("no", style="bold red" if line.is_required else "yellow")
