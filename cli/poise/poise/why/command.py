"""`poise why`: what risk decided lately, and by which limit."""

import re
from datetime import timedelta
from typing import Annotated

import typer

from poise.asking import WAIT_S, Asset, Json, Strategy, Wait, asked
from poise.desk_book import consult
from poise.terminal import NOT_AS_ORDERED, output, say_error
from poise.why.decisions import DecisionsAsked, read_decisions
from poise.why.views import checks_view, decisions_view
from poise_common.platform.clock import utc_now

app = typer.Typer()

_ID_ENDING = re.compile(r"[0-9a-f-]{4,36}")


def _id_ending(given: str | None) -> str | None:
    if given is None or _ID_ENDING.fullmatch(given.lower()):
        return given and given.lower()
    raise typer.BadParameter(f"{given!r} is no id, and no ending of one; 7f3a9c01 would pass.")


@app.command(epilog="Example: poise why --minutes 30 --asset BTC --rejected")
def why(
    *,
    minutes: Annotated[int, typer.Option(min=1, max=525_600, help="How far to look back.")] = 10,
    asset: Asset = None,
    strategy: Strategy = None,
    rejected: Annotated[bool, typer.Option("--rejected", help="Only what was refused.")] = False,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="Show at most so many decisions, the newest.")] = 50,
    package: Annotated[
        str | None,
        typer.Option(callback=_id_ending, help="Every check of this package's decisions, of any time: id or its end."),
    ] = None,
    request: Annotated[
        str | None, typer.Option(callback=_id_ending, help="Every check of one decision, of any time: id or its end.")
    ] = None,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Show what risk decided lately: which limit bound, by how much, and the size that would have passed."""
    by_id = package is not None or request is not None
    chosen = DecisionsAsked(
        since=None if by_id else utc_now() - timedelta(minutes=minutes),
        asset=asset,
        strategy=strategy,
        rejected_only=rejected,
        package=package,
        request=request,
        last=last,
    )
    found = asked(consult(lambda book: read_decisions(book, chosen), wait_s=wait_s))
    if json:
        typer.echo(found.model_dump_json())
    elif found.decisions:
        output().print(checks_view(found) if by_id else decisions_view(found))
    if by_id and not found.decisions:
        say_error(f"the book has no decision of {_named(package, request)}; `poise why` shows the ids of the last ones")
        raise typer.Exit(NOT_AS_ORDERED)
    if not found.decisions and not json:
        typer.echo(_nothing(chosen, minutes))


def _named(package: str | None, request: str | None) -> str:
    return " and ".join(f"{what} …{id_}" for what, id_ in (("package", package), ("request", request)) if id_)


def _nothing(chosen: DecisionsAsked, minutes: int) -> str:
    of = [f"of {chosen.asset}"] if chosen.asset else []
    of += [f"by {chosen.strategy}"] if chosen.strategy else []
    what = " ".join([f"risk {'refused' if chosen.rejected_only else 'decided'} nothing", *of])
    return (
        f"{what} in the last {minutes} minutes. `poise status` shows whether the desk trades;"
        " `poise why --minutes 1440` looks further back"
    )
