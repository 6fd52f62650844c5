"""`poise demo`: the whole desk on one machine, against simulated venues."""

import math
from pathlib import Path
from typing import Annotated

import typer

from poise.asking import Json, to_write
from poise.demo.scenarios.presets import ScenarioName
from poise.installation import ROOT
from poise.stack import SIMULATED_VENUES

app = typer.Typer()


def _finite(seconds: float) -> float:
    if not math.isfinite(seconds):
        raise typer.BadParameter(f"{seconds} is no length of time; 180 would pass.")
    return seconds


def _simulated(venues: str) -> str:
    names = venues.split(",")
    if len(set(names)) != len(names) or not SIMULATED_VENUES.keys() >= set(names):
        raise typer.BadParameter(f"{venues}: each of {','.join(SIMULATED_VENUES)} once at most would pass.")
    return venues


@app.command(
    epilog="Example: poise demo --seconds 90 --seed 7 --report r.json; poise demo --scenario correlated-crash"
    " (exit code 1: a figure is not as it must be)"
)
def demo(
    *,
    seconds: Annotated[
        float, typer.Option(min=1, callback=_finite, help="How long to trade, from the first book on the bus.")
    ] = 180,
    seed: Annotated[int, typer.Option(min=0, help="The simulated market's seed.")] = 7,
    report: Annotated[
        Path | None,
        typer.Option(dir_okay=False, callback=to_write, help="Write the figures as JSON to this file, too."),
    ] = None,
    scenario: Annotated[
        ScenarioName | None,
        typer.Option(
            metavar="NAME",
            help="Put the market through a crisis once something is held, to its end; exit code 1 where the desk does"
            f" not keep its bounds. One of {', '.join(ScenarioName)}.",
        ),
    ] = None,
    funding_interval_s: Annotated[int, typer.Option(min=1, help="The simulated venues' funding interval.")] = 36,
    venues: Annotated[
        str,
        typer.Option(
            callback=_simulated,
            metavar="NAMES",
            help=f"The simulated venues to trade: {','.join(SIMULATED_VENUES)}.",
        ),
    ] = ",".join(SIMULATED_VENUES),
    logs: Annotated[Path, typer.Option(file_okay=False, help="Where each process' log goes.")] = Path(".poise/logs"),
    json: Json = False,
) -> None:
    """Trade the simulated venues live: embedded servers, every service, no account."""
    from poise.demo.options import DemoOptions  # noqa: PLC0415 - as below
    from poise.demo.run import run_demo  # noqa: PLC0415 - help and refusals need no embedded servers

    options = DemoOptions(
        seconds=seconds,
        seed=seed,
        report=report,
        funding_interval_s=funding_interval_s,
        log_directory=logs,
        root=ROOT,
        scenario=scenario,
        venues=tuple(venues.split(",")),
        as_json=json,
    )
    raise typer.Exit(run_demo(options))
