"""Every command of `poise`, in the order of its help, and where it is found."""

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """A command, the module whose `app` has it, and what it is for, as its own help begins."""

    name: str
    module: str
    summary: str


COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("demo", "poise.demo.command", "Trade the simulated venues live."),
    CommandEntry("up", "poise.containers.command", "Start the desk's containers."),
    CommandEntry("down", "poise.containers.command", "Stop the desk's containers and keep its data."),
    CommandEntry("doctor", "poise.doctor.command", "Check what the desk stands on, and say what to do."),
    CommandEntry("status", "poise.operating.command", "Show how the desk stands."),
    CommandEntry("packages", "poise.packages.command", "Show what is held, leg by leg."),
    CommandEntry("opportunities", "poise.opportunities.command", "Rank what could be opened now."),
    CommandEntry("term-structure", "poise.opportunities.command", "Show what dated futures stand above spot by."),
    CommandEntry("universe", "poise.universe.command", "Show what may be traded, and why the rest may not."),
    CommandEntry("why", "poise.why.command", "Show what risk decided lately."),
    CommandEntry("limits", "poise.limits.command", "Show each limit of risk."),
    CommandEntry("report", "poise.report.command", "Show what the desk made in a period and by what."),
    CommandEntry("rebalance", "poise.rebalancing.command", "Bring the desk's weights to their targets."),
    CommandEntry("phase", "poise.phase.command", "Show which phase the desk is in, and what the next one asks for."),
    CommandEntry("halt", "poise.operating.command", "Stop all new risk at once."),
    CommandEntry("resume", "poise.operating.command", "Take up trading again."),
    CommandEntry("flatten", "poise.operating.command", "Close every package, then stay halted."),
    CommandEntry("ack", "poise.operating.command", "Show in what a venue's account differs from our books."),
    CommandEntry("config", "poise.preparing.command", "The desk's configuration."),
    CommandEntry(
        "migrate", "poise.preparing.command", "Bring the database of POISE_DATABASE__URL to the newest schema."
    ),
    CommandEntry("operator-key", "poise.preparing.command", "Make the operator's key pair where it is missing."),
    CommandEntry("completion", "poise.preparing.command", "Print what has a shell complete commands."),
)
