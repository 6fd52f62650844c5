"""The `poise` command."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from poise.control import DeskUnreachable, order, redis_url_of
from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.platform.refusals import ConfigRefused
from poise_common.platform.settings import ServiceSettings

ROOT = Path(__file__).resolve().parents[3]
app = typer.Typer(no_args_is_help=True, add_completion=True, help="Poise, a delta-neutral carry desk for crypto.")
config_app = typer.Typer(no_args_is_help=True, help="The desk's configuration.")
app.add_typer(config_app, name="config")
_errors = Console(stderr=True, soft_wrap=True)

Reason = Annotated[str, typer.Option(help="Why; stored with the order.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


@app.command(epilog="Example: poise demo --seconds 90 --seed 7 --report r.json")
def demo(
    seconds: Annotated[float, typer.Option(min=1, help="How long to trade, from the first book on the bus.")] = 180,
    seed: Annotated[int, typer.Option(help="The simulated market's seed.")] = 7,
    report: Annotated[Path | None, typer.Option(help="Write the figures as JSON to this file.")] = None,
    funding_interval_s: Annotated[int, typer.Option(min=1, help="The simulated venue's funding interval.")] = 36,
    logs: Annotated[Path, typer.Option(help="Where each process' log goes.")] = Path(".poise/logs"),
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
    sys.exit(run_demo(options))


@app.command(epilog='Example: poise halt --reason "looks odd"')
def halt(reason: Reason = "by hand", json: Json = False) -> None:
    """Stop all new risk at once; what is held stays held."""
    _order(Halt, reason, as_json=json)


@app.command(epilog='Example: poise resume --reason "checked"')
def resume(reason: Reason = "by hand", json: Json = False) -> None:
    """Take up trading again."""
    _order(Resume, reason, as_json=json)


@app.command(epilog='Example: poise flatten --reason "maintenance"')
def flatten(reason: Reason = "by hand", json: Json = False) -> None:
    """Close every package, then stay halted."""
    _order(Flatten, reason, as_json=json)


@app.command(epilog="Example: POISE_DATABASE__URL=postgresql://poise@localhost/poise poise migrate")
def migrate() -> None:
    """Bring the database of POISE_DATABASE__URL to the newest schema."""
    from poise_common.platform.migrations import upgrade  # noqa: PLC0415 - Alembic loads slowly

    url = ServiceSettings().database.read_url()
    if url is None:
        _fail("POISE_DATABASE__URL is not set; postgresql://user@host/database would pass")
    upgrade(url, directory=ROOT / "infra/postgres/migrations")
    typer.echo("the database is at the newest schema")


@config_app.command("check", epilog="Example: poise config check --directory config")
def config_check(
    directory: Annotated[Path, typer.Option(help="The configuration's folder.")] = ROOT / "config",
) -> None:
    """Validate every section as the services would at their start."""
    from poise.config_check import check_all  # noqa: PLC0415 - every service's parameters are loaded with it

    try:
        for line in check_all(directory, os.environ):
            typer.echo(line)
    except ConfigRefused as refused:
        _fail(str(refused))


def main() -> None:
    """Run the command line."""
    app()


def _order(command: type[Halt | Resume | Flatten], reason: str, *, as_json: bool) -> None:
    try:
        state = asyncio.run(order(redis_url_of(os.environ.get("POISE_REDIS__URL")), command, reason))
    except DeskUnreachable as unreachable:
        _fail(str(unreachable))
    typer.echo(state.model_dump_json() if as_json else f"risk is {state.mode.value.upper()}: {state.reason}")


def _fail(text: str) -> NoReturn:
    _errors.print(f"[bold red]error:[/] {text}", highlight=False)
    raise typer.Exit(2)


if __name__ == "__main__":
    main()
