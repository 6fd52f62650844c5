"""The `poise` command."""

import asyncio
import math
import os
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape

from poise.control import MODE_AFTER, WAIT_S, Command, DeskUnreachable, order, redis_url_of
from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.platform.main import read_settings
from poise_common.platform.refusals import StartRefused
from poise_common.platform.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[3]
NOT_AS_ORDERED = 1
REFUSED = 2

app = typer.Typer(
    name="poise",
    no_args_is_help=True,
    help="Poise, a delta-neutral carry desk for crypto.",
    epilog="Example: poise demo --seconds 60 (exit codes: 0 done, 1 the outcome is wrong, 2 refused)",
)
config_app = typer.Typer(
    no_args_is_help=True, help="The desk's configuration.", epilog="Example: poise config check --directory config"
)
app.add_typer(config_app, name="config")
_errors = Console(stderr=True, soft_wrap=True)

Reason = Annotated[str, typer.Option(help="Why; stored with the order.")]
Json = Annotated[bool, typer.Option("--json", help="Print risk's standing as JSON.")]
Wait = Annotated[float, typer.Option("--wait-s", min=0.1, max=600, help="How long to wait for risk's confirmation.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"poise {version('poise')}")
        raise typer.Exit


def _finite(seconds: float) -> float:
    if not math.isfinite(seconds):
        raise typer.BadParameter(f"{seconds} is no length of time; 180 would pass.")
    return seconds


def _in_a_folder(file: Path | None) -> Path | None:
    """Refuse before the run what could not be written after it."""
    if file is not None and not os.access(file.absolute().parent, os.W_OK):
        raise typer.BadParameter(f"{file.parent} is no folder that can be written to.")
    return file


@app.callback()
def poise(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Poise, a delta-neutral carry desk for crypto."""
    del show_version


@app.command(epilog="Example: poise demo --seconds 90 --seed 7 --report r.json")
def demo(
    seconds: Annotated[
        float, typer.Option(min=1, callback=_finite, help="How long to trade, from the first book on the bus.")
    ] = 180,
    seed: Annotated[int, typer.Option(min=0, help="The simulated market's seed.")] = 7,
    report: Annotated[
        Path | None,
        typer.Option(dir_okay=False, callback=_in_a_folder, help="Write the figures as JSON to this file."),
    ] = None,
    funding_interval_s: Annotated[int, typer.Option(min=1, help="The simulated venue's funding interval.")] = 36,
    logs: Annotated[Path, typer.Option(file_okay=False, help="Where each process' log goes.")] = Path(".poise/logs"),
) -> None:
    """Trade the simulated venue live: embedded servers, every service, no account."""
    from poise.demo.run import DemoOptions, run_demo  # noqa: PLC0415 - the embedded servers' packages load slowly

    options = DemoOptions(
        seconds=seconds,
        seed=seed,
        report=report,
        funding_interval_s=funding_interval_s,
        log_directory=logs,
        root=ROOT,
    )
    raise typer.Exit(run_demo(options))


@app.command(epilog='Example: poise halt --reason "looks odd"')
def halt(reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Stop all new risk at once; what is held stays held."""
    _order(Halt, reason, wait_s, as_json=json)


@app.command(epilog='Example: poise resume --reason "checked"')
def resume(reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Take up trading again."""
    _order(Resume, reason, wait_s, as_json=json)


@app.command(epilog='Example: poise flatten --reason "maintenance"')
def flatten(reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Close every package, then stay halted."""
    _order(Flatten, reason, wait_s, as_json=json)


@app.command(epilog="Example: POISE_DATABASE__URL=postgresql://poise@localhost/poise poise migrate")
def migrate() -> None:
    """Bring the database of POISE_DATABASE__URL to the newest schema."""
    from poise_common.platform.migrate import DatabaseUnreachable, migrate_to_newest  # noqa: PLC0415 - Alembic loads slowly

    try:
        url = _settings().database.read_url()
    except OSError as error:
        _fail(f"POISE_DATABASE__URL_FILE cannot be read: {error}")
    if not url:
        _fail("POISE_DATABASE__URL is not set; postgresql://user@host/database would pass")
    try:
        migrate_to_newest(url, ROOT / "infra/postgres/migrations")
    except DatabaseUnreachable as unreachable:
        _fail(str(unreachable))
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
            _say_error(str(verdict))
    if refused:
        raise typer.Exit(REFUSED)


def main() -> None:
    """Run the command line."""
    app()


def _order(command: type[Command], reason: str, wait_s: float, *, as_json: bool) -> None:
    try:
        redis_url = redis_url_of(os.environ.get("POISE_REDIS__URL"))
        state = asyncio.run(order(redis_url, command, reason, wait_s=wait_s))
    except DeskUnreachable as unreachable:
        _fail(str(unreachable))
    typer.echo(state.model_dump_json() if as_json else f"risk is {state.mode.value.upper()}: {state.reason}")
    if state.mode is not MODE_AFTER[command]:
        raise typer.Exit(NOT_AS_ORDERED)


def _settings() -> ServiceSettings:
    try:
        return read_settings(ServiceSettings)
    except StartRefused as refused:
        _fail(str(refused))


def _say_error(text: str) -> None:
    _errors.print(f"[bold red]error:[/] {escape(text)}", highlight=False)


def _fail(text: str) -> NoReturn:
    _say_error(text)
    raise typer.Exit(REFUSED)


if __name__ == "__main__":
    main()
