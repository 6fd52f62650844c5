"""`poise packages`: what is held, leg by leg; `--all` shows what ended, too."""

from typing import Annotated

import typer

from poise.asking import WAIT_S, Asset, Json, Strategy, Wait, asked, redis_url
from poise.desk_book import consult
from poise.packages.holdings import PackageChoice, read_ended, read_held
from poise.packages.views import packages_view
from poise.terminal import NOT_AS_ORDERED, output

app = typer.Typer()


@app.command(
    epilog="Example: poise packages; poise packages --all --days 7 --asset BTC --json (exit code 1: a package is"
    " halted, or the portfolio is silent)"
)
def packages(
    *,
    asset: Asset = None,
    strategy: Strategy = None,
    ended: Annotated[bool, typer.Option("--all", help="Show those that ended, too, from the book.")] = False,
    days: Annotated[float, typer.Option(min=0.001, max=36_500, help="With --all: how far to look back.")] = 30,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="With --all: at most so many, the newest.")] = 50,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Show what is held, leg by leg: exposure, age, delta, and what the result is made of."""
    choice = PackageChoice(asset=asset, strategy=strategy)
    found = asked(read_held(redis_url(), choice, wait_s=wait_s))
    if ended:
        over = asked(
            consult(lambda book: read_ended(book, choice, now=found.read_at, days=days, last=last), wait_s=wait_s)
        )
        found = found.model_copy(update={"ended": over})
    if json:
        typer.echo(found.model_dump_json())
    else:
        output().print(packages_view(found))
    if found.attention:
        raise typer.Exit(NOT_AS_ORDERED)
