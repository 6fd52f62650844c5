"""`poise phase`: which phase the desk is in and what is missing for the next; `promote` and `demote` take it there."""

from typing import Annotated

import typer

from poise.asking import WAIT_S, Json, Reason, Wait, asked, redis_url
from poise.phase.standing import NoSuchStep, PhaseStanding, demote, promote, read_phase
from poise.phase.views import phase_line, phase_view
from poise.terminal import NOT_AS_ORDERED, fail, output, say_error
from poise_common.contracts.state import PhaseState
from poise_common.platform.clock import utc_now

app = typer.Typer(
    invoke_without_command=True,
    epilog="Example: poise phase --json (exit code 1: the portfolio is silent)",
)
To = Annotated[
    int | None, typer.Argument(min=0, metavar="[N]", help="The phase; the one next to the desk's if left out.")
]


@app.callback()
def phase(context: typer.Context, *, wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Show which phase the desk is in, and what the next one asks for."""
    if context.invoked_subcommand is not None:
        return
    _show(asked(read_phase(redis_url(), wait_s=wait_s)), as_json=json)


@app.command("promote", epilog='Example: poise phase promote 2 --reason "two months on both" (exit code 1: refused)')
def promote_phase(to: To = None, reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Take the desk on to the next phase; refused while its gate is not met."""
    try:
        answer = asked(promote(redis_url(), to, reason, wait_s=wait_s))
    except NoSuchStep as nowhere:
        fail(str(nowhere))
    _told(answer, as_json=json)


@app.command("demote", epilog='Example: poise phase demote --reason "a venue that nobody trusts"')
def demote_phase(to: To = None, reason: Reason = "by hand", wait_s: Wait = WAIT_S, json: Json = False) -> None:
    """Take the desk back to an earlier phase; what is held stays held, and the way up begins anew."""
    try:
        answer = asked(demote(redis_url(), to, reason, wait_s=wait_s))
    except NoSuchStep as nowhere:
        fail(str(nowhere))
    _told(answer, as_json=json)


def _show(standing: PhaseStanding, *, as_json: bool) -> None:
    if as_json:
        typer.echo(standing.model_dump_json())
    else:
        output().print(phase_view(standing))
    if standing.attention:
        raise typer.Exit(NOT_AS_ORDERED)


def _told(answer: PhaseState, *, as_json: bool) -> None:
    if as_json:
        typer.echo(PhaseStanding(read_at=utc_now(), phase=answer).model_dump_json())
    else:
        typer.echo(phase_line(answer))
    if answer.refusal is not None:
        say_error(answer.refusal)
        raise typer.Exit(NOT_AS_ORDERED)
