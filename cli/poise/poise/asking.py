"""What the commands share that ask the running desk: their options, and one line where nobody answers."""

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from poise.completing import assets, strategies
from poise.desk_addresses import BookUnreadable, DeskUnreachable, desk_redis_url
from poise.terminal import fail

WAIT_S = 10.0
Answer = TypeVar("Answer")


def _as_written(asset: str | None) -> str | None:
    return None if asset is None else asset.upper()


Asset = Annotated[
    str | None,
    typer.Option(
        "--asset", metavar="BASE", callback=_as_written, autocompletion=assets, help="Of this asset alone, as BTC."
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option("--strategy", metavar="NAME", autocompletion=strategies, help="Of this strategy alone."),
]
Reason = Annotated[str, typer.Option(help="Why; stored with the order.")]
Json = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]
Wait = Annotated[float, typer.Option("--wait-s", min=0.1, max=600, help="How long to wait for the desk's answer.")]


def redis_url() -> str:
    """Return the bus' URL, or end the command."""
    try:
        return desk_redis_url()
    except DeskUnreachable as unreachable:
        fail(str(unreachable))


def asked(question: Coroutine[Any, Any, Answer]) -> Answer:
    """Run a question to the desk; one that nobody answers is refused in one line."""
    try:
        return asyncio.run(question)
    except (DeskUnreachable, BookUnreadable) as unreachable:
        fail(str(unreachable))


def to_write(file: Path | None) -> Path | None:
    """Refuse, before the work, a file that could not be written after it."""
    if file is not None and not os.access(file.absolute().parent, os.W_OK):
        raise typer.BadParameter(f"{file.parent} is no folder that can be written to.")
    return file
