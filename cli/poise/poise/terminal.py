"""What every command says in the same way: exit codes, errors, tables."""

from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape

NOT_AS_ORDERED = 1
REFUSED = 2

_WIDE = 200
_errors = Console(stderr=True, soft_wrap=True)


def output() -> Console:
    """Return where tables go: as wide as the terminal, and wide enough for whole names where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=_WIDE)


def say_error(text: str) -> None:
    """Write one line that says so to stderr."""
    _errors.print(f"[bold red]error:[/] {escape(text)}", highlight=False)


def say_progress(text: str) -> None:
    """Write what goes on to stderr, so that stdout is the outcome alone."""
    _errors.print(escape(text), highlight=False)


def fail(text: str) -> NoReturn:
    """Refuse: the error, and exit code 2."""
    say_error(text)
    raise typer.Exit(REFUSED)
