"""`poise up` and `poise down`: start and stop the desk's containers."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from poise.asking import Json
from poise.containers.compose import WITH_ALL_PROFILES, ComposeRun, NoDocker, choosing_venues, find_compose
from poise.terminal import NOT_AS_ORDERED, fail, say_error, say_progress

app = typer.Typer()

_SCALE = re.compile(r"[a-z0-9-]+=\d+")

Folder = Annotated[
    Path | None,
    typer.Option(file_okay=False, help="The project's folder; else this one, else the one that poise was taken from."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be run, and run nothing.")]


def _scales(given: list[str] | None) -> list[str]:
    for each in given or ():
        if not _SCALE.fullmatch(each):
            raise typer.BadParameter(f"{each!r} is no number of a service; ingestion-tier3=3 would pass.")
    return given or []


@app.command(
    epilog="Example: poise up --simulated; poise up --real --scale ingestion-tier3=3 (exit code 1: Compose did not"
    " bring it up)"
)
def up(
    *,
    simulated: Annotated[
        bool | None,
        typer.Option(
            "--simulated/--real",
            help="Trade the simulated venues, or those alone that config/venues.yaml has beside them; else as the"
            " project's .env has it.",
        ),
    ] = None,
    scale: Annotated[
        list[str] | None,
        typer.Option(metavar="SERVICE=N", callback=_scales, help="How many of a service; can be given several times."),
    ] = None,
    build: Annotated[bool, typer.Option("--build/--no-build", help="Build the images first.")] = True,
    folder: Folder = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Start the desk's containers: servers, services, dashboards."""
    arguments = ["up", "--detach", *(["--build"] if build else [])]
    for each in scale or ():
        arguments += ["--scale", each]
    _composed(arguments, choosing_venues(simulated), folder, dry_run=dry_run, as_json=json)


@app.command(epilog="Example: poise down (exit code 1: Compose did not take it down)")
def down(*, folder: Folder = None, dry_run: DryRun = False, json: Json = False) -> None:
    """Stop the desk's containers and keep its data."""
    _composed(["down"], WITH_ALL_PROFILES, folder, dry_run=dry_run, as_json=json)


def _composed(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path | None, *, dry_run: bool, as_json: bool
) -> None:
    try:
        compose = find_compose(folder)
        run = compose.planned(arguments, environment)
        if not dry_run:
            say_progress(f"in {run.folder}: {run.command}")
            run = compose.run(arguments, environment)
    except NoDocker as missing:
        fail(str(missing))
    _told(run, as_json=as_json)


def _told(run: ComposeRun, *, as_json: bool) -> None:
    if as_json:
        typer.echo(run.model_dump_json())
    elif run.exit_code is None:
        typer.echo(f"in {run.folder}: {run.command}")
    elif run.exit_code == 0:
        typer.echo("done; `poise doctor` looks after it, `poise status` shows how the desk stands")
    if run.exit_code not in (None, 0):
        say_error(f"Compose ended with exit code {run.exit_code}; what it says is above")
        raise typer.Exit(NOT_AS_ORDERED)
