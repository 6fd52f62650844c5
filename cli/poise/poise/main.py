"""The `poise` command."""

from typing import Annotated

import typer

from poise.command_line import CommandLine

app = typer.Typer(
    cls=CommandLine,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 120},
    epilog="Example: poise status --json (exit codes: 0 done, 1 the outcome is wrong or wants a person, 2 refused, no"
    " answer or no such command, 130 interrupted)",
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - wanted here alone

        typer.echo(f"poise {version('poise')}")
        raise typer.Exit


@app.callback()
def poise(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Poise, a delta-neutral carry desk for crypto."""
    del show_version


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
