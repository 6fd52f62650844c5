"""What every command says in the same way: exit codes, errors, tables."""

from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

NOT_AS_ORDERED = 1
REFUSED = 2
INTERRUPTED = 130
"""The exit code shells expect after Ctrl-C."""

_WIDE = 200


def output() -> "Console":
    """Return where tables go: as wide as the terminal, and wide enough for whole names where there is none."""
    from rich.console import Console  # noqa: PLC0415 - an error alone, or JSON, needs no tables

    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def say_error(text: str) -> None:
    """Write it to stderr as an error."""
    typer.echo(f"{typer.style('error:', fg='red', bold=True)} {text}", err=True)


def say_progress(text: str) -> None:
    """Write what goes on to stderr, so that stdout is the outcome alone."""
    typer.echo(text, err=True)


def fail(text: str) -> NoReturn:
    """Refuse: the error in one line, and exit code 2."""
    say_error(" ".join(text.split()))
    raise typer.Exit(REFUSED)
