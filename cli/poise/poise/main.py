"""The `poise` command."""

import math
import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from poise.asking import to_write
from poise.demo.scenarios.presets import ScenarioName
from poise.desk_book import BookUnreadable, database_url_of_environment
from poise.limits.command import app as limits
from poise.operating.command import app as operating
from poise.phase.command import app as phase
from poise.rebalancing.command import app as rebalancing
from poise.report.command import app as report
from poise.terminal import REFUSED, fail, say_error
from poise.why.command import app as why

ROOT = Path(__file__).resolve().parents[3]

app = typer.Typer(
    name="poise",
    no_args_is_help=True,
    help="Poise, a delta-neutral carry desk for crypto.",
    epilog="Example: poise demo --seconds 60 (exit codes: 0 done, 1 the outcome is wrong, 2 refused)",
)
config_app = typer.Typer(
    no_args_is_help=True, help="The desk's configuration.", epilog="Example: poise config check --directory config"
)
app.add_typer(operating)
app.add_typer(why)
app.add_typer(report)
app.add_typer(rebalancing)
app.add_typer(limits, name="limits")
app.add_typer(phase, name="phase")
app.add_typer(config_app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"poise {version('poise')}")
        raise typer.Exit


def _finite(seconds: float) -> float:
    if not math.isfinite(seconds):
        raise typer.BadParameter(f"{seconds} is no length of time; 180 would pass.")
    return seconds


@app.callback()
def poise(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Poise, a delta-neutral carry desk for crypto."""
    del show_version


@app.command(epilog="Example: poise demo --seconds 90 --seed 7 --report r.json; poise demo --scenario correlated-crash")
def demo(
    *,
    seconds: Annotated[
        float, typer.Option(min=1, callback=_finite, help="How long to trade, from the first book on the bus.")
    ] = 180,
    seed: Annotated[int, typer.Option(min=0, help="The simulated market's seed.")] = 7,
    report: Annotated[
        Path | None,
        typer.Option(dir_okay=False, callback=to_write, help="Write the figures as JSON to this file."),
    ] = None,
    scenario: Annotated[
        ScenarioName | None,
        typer.Option(
            metavar="NAME",
            help="Put the market through a crisis once something is held, to its end; exit code 1 where the desk does"
            f" not keep its bounds. One of {', '.join(ScenarioName)}.",
        ),
    ] = None,
    funding_interval_s: Annotated[int, typer.Option(min=1, help="The simulated venue's funding interval.")] = 36,
    logs: Annotated[Path, typer.Option(file_okay=False, help="Where each process' log goes.")] = Path(".poise/logs"),
) -> None:
    """Trade the simulated venue live: embedded servers, every service, no account."""
    from poise.demo.options import DemoOptions  # noqa: PLC0415 - as below
    from poise.demo.run import run_demo  # noqa: PLC0415 - the embedded servers' packages load slowly

    options = DemoOptions(
        seconds=seconds,
        seed=seed,
        report=report,
        funding_interval_s=funding_interval_s,
        log_directory=logs,
        root=ROOT,
        scenario=scenario,
    )
    raise typer.Exit(run_demo(options))


@app.command(epilog="Example: POISE_DATABASE__URL=postgresql://poise@localhost/poise poise migrate")
def migrate() -> None:
    """Bring the database of POISE_DATABASE__URL to the newest schema."""
    from poise_common.platform.migrate import DatabaseUnreachable, migrate_to_newest  # noqa: PLC0415 - Alembic loads slowly

    try:
        url = database_url_of_environment()
    except BookUnreadable as unreadable:
        fail(str(unreadable))
    if url is None:
        fail("POISE_DATABASE__URL is not set; postgresql://user@host/database would pass")
    try:
        migrate_to_newest(url, ROOT / "infra/postgres/migrations")
    except DatabaseUnreachable as unreachable:
        fail(str(unreachable))
    typer.echo("the database is at the newest schema")


@config_app.command("check", epilog="Example: poise config check --directory config")
def config_check(
    directory: Annotated[Path, typer.Option(help="The configuration's folder.")] = ROOT / "config",
) -> None:
    """Validate every section, with the environment over it, as the services would at their start."""
    from poise.config_check import check_all  # noqa: PLC0415 - every service's parameters are loaded with it

    refused = False
    for verdict in check_all(directory, os.environ):
        if isinstance(verdict, str):
            typer.echo(verdict)
        else:
            refused = True
            say_error(str(verdict))
    if refused:
        raise typer.Exit(REFUSED)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
