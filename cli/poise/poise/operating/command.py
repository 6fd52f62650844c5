"""The commands by which a person runs a desk: status, halt, resume, flatten, ack."""

import os
import sys
from typing import Annotated

import typer

from poise.asking import WAIT_S, Json, Reason, Wait, asked, redis_url
from poise.completing import venues
from poise.operating.acknowledging import (
    Changed,
    Ended,
    Locked,
    NothingLocked,
    NotTaken,
    WhichVenue,
    acknowledge,
    read_lock,
)
from poise.operating.operator_key import NoOperatorKey, operator_signer
from poise.operating.orders import MODE_AFTER, Command, LockedVenue, NotFlat, order, until_flat
from poise.operating.status import read_status
from poise.operating.views import WHAT_ACKNOWLEDGING_DOES, lock_table, status_view
from poise.terminal import NOT_AS_ORDERED, fail, output, say_error, say_progress
from poise_common.contracts.control import Flatten, Halt, Resume
from poise_common.contracts.state import RiskState

app = typer.Typer()


@app.command(epilog="Example: poise status --json (exit code 1: something wants a person)")
def status(wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Show how the desk stands: mode, venues, packages, alerts."""
    found = asked(read_status(redis_url(), wait_s=wait_s))
    if json:
        typer.echo(found.model_dump_json())
    else:
        output().print(status_view(found))
    if found.attention:
        raise typer.Exit(NOT_AS_ORDERED)


@app.command(epilog='Example: poise halt --reason "looks odd"')
def halt(reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Stop all new risk at once; what is held stays held."""
    _told(_ordered(Halt, reason, wait_s), Halt, as_json=json)


@app.command(epilog='Example: poise resume --reason "checked"')
def resume(reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Take up trading again; refused while a venue is locked."""
    _told(_ordered(Resume, reason, wait_s), Resume, as_json=json)


@app.command(epilog='Example: poise flatten --wait --reason "maintenance"')
def flatten(
    reason: Reason = "by hand",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until the venues have shown that nothing is left.")
    ] = False,
    flat_within_s: Annotated[
        float, typer.Option("--flat-within-s", min=1, max=86_400, help="How long --wait waits.")
    ] = 600,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Close every package, then stay halted."""
    state = _ordered(Flatten, reason, wait_s)
    if not wait:
        _told(state, Flatten, as_json=json)
        return
    say_progress(f"risk is {state.mode.value.upper()}: {state.reason}")
    try:
        state = asked(until_flat(redis_url(), say_progress, wait_s=flat_within_s))
    except NotFlat as not_flat:
        say_error(str(not_flat))
        raise typer.Exit(NOT_AS_ORDERED) from None
    _told(state, Flatten, as_json=json)


@app.command(epilog='Example: poise ack paper --reason "I sold that myself"')
def ack(
    venue: Annotated[
        str | None, typer.Argument(autocompletion=venues, help="The locked venue; not needed where just one is.")
    ] = None,
    reason: Reason = "by hand",
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: acknowledge what is shown.")] = False,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Show in what a venue's account differs from our books, and take it as it is with the operator's signature."""
    try:
        locked = asked(read_lock(redis_url(), venue, wait_s=wait_s))
        signer = operator_signer(os.environ)
    except NothingLocked as nothing:
        say_error(str(nothing))
        raise typer.Exit(NOT_AS_ORDERED) from None
    except (WhichVenue, NoOperatorKey) as refused:
        fail(str(refused))
    _show(locked, as_json=json)
    if not yes and not _confirmed(as_json=json):
        say_error("nothing is acknowledged")
        raise typer.Exit(NOT_AS_ORDERED)
    match asked(acknowledge(redis_url(), locked, signer, reason, wait_s=wait_s)):
        case Ended(state):
            typer.echo(state.model_dump_json() if json else f"{locked.venue} is no longer locked; the books follow it")
        case Changed(other):
            say_error("the differences are others by now, so nothing is acknowledged; these are the new ones")
            _show(other, as_json=json)
            raise typer.Exit(NOT_AS_ORDERED)
        case NotTaken(why):
            fail(f"execution did not take it: {why}")


def _ordered(command: type[Command], reason: str, wait_s: float) -> RiskState:
    try:
        return asked(order(redis_url(), command, reason, wait_s=wait_s))
    except LockedVenue as locked:
        fail(str(locked))


def _told(state: RiskState, command: type[Command], *, as_json: bool) -> None:
    typer.echo(state.model_dump_json() if as_json else f"risk is {state.mode.value.upper()}: {state.reason}")
    if state.mode is not MODE_AFTER[command]:
        raise typer.Exit(NOT_AS_ORDERED)


def _show(locked: Locked, *, as_json: bool) -> None:
    if as_json:
        typer.echo(locked.lock.model_dump_json(), err=True)
        return
    console = output()
    console.print(lock_table(locked))
    console.print(WHAT_ACKNOWLEDGING_DOES, style="dim")


def _confirmed(*, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        return False
    return typer.confirm("Take the account as it is?")
