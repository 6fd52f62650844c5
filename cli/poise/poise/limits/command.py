"""`poise limits`: how much of each limit is used; `reload` has the file read anew, `history` shows who changed what."""

import asyncio
from typing import Annotated

import typer
from pydantic import TypeAdapter

from poise.asking import WAIT_S, Json, Reason, Wait, asked, redis_url
from poise.desk_addresses import BookUnreadable
from poise.desk_book import consult
from poise.limits.changes import LimitChange, read_change, read_changes
from poise.limits.reloading import FileDoesNotPass, Reloaded, check_file, order_to_reload, reload
from poise.limits.usage import read_limits
from poise.limits.views import change_lines, changes_view, in_force_line, limits_view
from poise.terminal import NOT_AS_ORDERED, fail, output, say_progress
from poise_common.contracts.control import ReloadLimits

app = typer.Typer(
    invoke_without_command=True,
    epilog="Example: poise limits --json (exit code 1: a limit has no room left, or risk is silent)",
)
_CHANGES_AS_JSON = TypeAdapter(tuple[LimitChange, ...])


@app.callback()
def limits(context: typer.Context, *, wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Show each limit of risk: its value, what is allowed, and how much room is left."""
    if context.invoked_subcommand is not None:
        return
    used = asked(read_limits(redis_url(), wait_s=wait_s))
    if json:
        typer.echo(used.model_dump_json())
    else:
        output().print(limits_view(used))
    if used.attention:
        raise typer.Exit(NOT_AS_ORDERED)


@app.command("reload", epilog='Example: poise limits reload --reason "smaller packages over the weekend"')
def reload_limits(reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Have risk read its limits' file anew, and show what that changed; a file that does not pass changes nothing."""
    url = redis_url()
    try:
        check_file(url)
    except FileDoesNotPass as refused:
        fail(f"nothing is changed, and risk was not asked: {refused}")
    order = order_to_reload(reason)
    state = asked(reload(url, order, wait_s=wait_s))
    reloaded = Reloaded(in_force=state.limits, change=_on_record(order, wait_s))
    if json:
        typer.echo(reloaded.model_dump_json())
    else:
        _show(reloaded)
    if reloaded.why_not is not None:
        fail(f"nothing is changed: {reloaded.why_not}")


@app.command(epilog="Example: poise limits history --last 5 --json")
def history(
    last: Annotated[int, typer.Option(min=1, max=10_000, help="Show at most so many changes, the newest.")] = 20,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Show who changed the limits, when, why and what; refused orders too."""
    changes = asked(consult(lambda book: read_changes(book, last=last), wait_s=wait_s))
    if json:
        typer.echo(_CHANGES_AS_JSON.dump_json(changes).decode())
    elif changes:
        output().print(changes_view(changes))
    else:
        typer.echo("the book has no limits on record: risk never started on it. `poise status` shows what runs")


def _show(reloaded: Reloaded) -> None:
    if reloaded.in_force is None or reloaded.why_not is not None:
        return
    change, now = reloaded.change, in_force_line(reloaded.in_force)
    if change is not None and not change.changes:
        typer.echo(f"nothing is changed: {now}")
        return
    for line in () if change is None else change_lines(change):
        typer.echo(line)
    typer.echo(now)


def _on_record(order: ReloadLimits, wait_s: float) -> LimitChange | None:
    """Read what the order changed from the book; where that is out of reach, say so: the order is carried out."""
    try:
        return asyncio.run(consult(lambda book: read_change(book, order.id), wait_s=wait_s))
    except BookUnreadable as unreadable:
        say_progress(f"what was changed is not shown: {unreadable}")
        return None
