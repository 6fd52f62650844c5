"""`poise doctor`: look at all that the desk stands on, and say what to do."""

import asyncio
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import structlog
import typer

from poise.asking import Json
from poise.desk_addresses import config_directory, environment_of_running_desk
from poise.doctor.areas import Surroundings, checks_of
from poise.doctor.examining import examine
from poise.doctor.findings import Verdict
from poise.doctor.views import diagnosis_view
from poise.terminal import NOT_AS_ORDERED, output, say_progress

app = typer.Typer()

_WITHIN_S = 15.0
_BACKUPS = "POISE_BACKUPS"


def _addresses(given: list[str] | None) -> list[str]:
    for each in given or ():
        name, separator, url = each.partition("=")
        if not (name and separator and url.startswith(("http://", "https://"))):
            raise typer.BadParameter(f"{each!r} is no service; risk=http://127.0.0.1:9100 would pass.")
    return given or []


@app.command(
    epilog="Example: poise doctor; poise doctor --service risk=http://127.0.0.1:9100 --json (exit code 1: something"
    " fails; warnings alone, and what cannot be looked at from here, are 0)"
)
def doctor(
    *,
    service: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=URL",
            envvar="POISE_DOCTOR__SERVICES",
            callback=_addresses,
            help="Where a service tells whether it is ready; can be given several times.",
        ),
    ] = None,
    backups: Annotated[
        Path, typer.Option(envvar=_BACKUPS, help="The folder of the book's back-ups on this machine.")
    ] = Path("backups"),
    within_s: Annotated[
        float,
        typer.Option("--within-s", min=1, max=600, help="How long each area may take; they are looked at at once."),
    ] = _WITHIN_S,
    json: Json = False,
) -> None:
    """Check what the desk stands on, and say what to do: servers, rights, clocks, keys, venues, configuration."""
    around = Surroundings(
        environment={**environment_of_running_desk(), **os.environ},
        config_directory=config_directory(),
        backups=backups,
        services=dict(each.split("=", 1) for each in service or ()),
    )
    say = say_progress if sys.stderr.isatty() else _in_silence
    say("loading what the services are configured with …")
    with _unlogged():
        diagnosis = asyncio.run(examine(tuple(checks_of(around)), say, within_s=within_s))
    if json:
        typer.echo(diagnosis.model_dump_json())
    else:
        output().print(diagnosis_view(diagnosis))
    if diagnosis.worst is Verdict.FAIL:
        raise typer.Exit(NOT_AS_ORDERED)


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keep what the services' code logs out of the outcome: it is found and told here, too."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(wrapper_class=before)


def _in_silence(text: str) -> None:
    del text
