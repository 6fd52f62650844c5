"""`poise opportunities`: every candidate of every strategy in one list; `poise term-structure`: dated futures."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from poise.asking import WAIT_S, Asset, Json, Strategy, Wait, asked, redis_url, to_write
from poise.completing import assets
from poise.opportunities.ranking import Choice, Ranking, read_ranking
from poise.opportunities.term_structure import TermStructures, read_term_structures
from poise.opportunities.term_views import term_structures_view
from poise.opportunities.views import ranking_view
from poise.terminal import NOT_AS_ORDERED, fail, output, say_progress

app = typer.Typer()


@app.command(
    epilog="Example: poise opportunities --watch; poise opportunities --strategy cash_and_carry --json"
    " (exit code 1: signals is silent)"
)
def opportunities(
    *,
    strategy: Strategy = None,
    asset: Asset = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Show at most so many, the best.")] = None,
    watch: Annotated[bool, typer.Option("--watch", help="Show it again and again until Ctrl-C.")] = False,
    every_s: Annotated[float, typer.Option(min=0.2, max=3600, help="With --watch: how often.")] = 1.0,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Rank what could be opened now by net APR on capital, with every friction, capacity, and why not, if not."""
    choice = Choice(strategy=strategy, asset=asset, limit=limit)
    url = redis_url()
    if watch:
        _watch(url, choice, every_s=every_s, wait_s=wait_s, json=json)
    ranking = asked(read_ranking(url, choice, wait_s=wait_s))
    if json:
        typer.echo(ranking.model_dump_json())
    else:
        output().print(ranking_view(ranking))
    if ranking.attention:
        raise typer.Exit(NOT_AS_ORDERED)


@app.command(
    "term-structure",
    epilog="Example: poise term-structure BTC; poise term-structure --html term.html (exit code 1: signals is silent)",
)
def term_structure(
    asset: Annotated[
        str | None, typer.Argument(metavar="[ASSET]", autocompletion=assets, help="Of this asset alone.")
    ] = None,
    *,
    html: Annotated[
        Path | None, typer.Option(dir_okay=False, callback=to_write, help="Write the curves to this page, too.")
    ] = None,
    png: Annotated[
        Path | None, typer.Option(dir_okay=False, callback=to_write, help="Write the curves to this image, too.")
    ] = None,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Show what dated futures stand above spot by, expiry by expiry, a year, and what carrying one would earn."""
    found = asked(read_term_structures(redis_url(), None if asset is None else asset.upper(), wait_s=wait_s))
    if json:
        typer.echo(found.model_dump_json())
    else:
        output().print(term_structures_view(found))
    if html is not None or png is not None:
        _draw(found, html, png)
    if found.attention:
        raise typer.Exit(NOT_AS_ORDERED)


def _draw(found: TermStructures, html: Path | None, png: Path | None) -> None:
    from poise.opportunities.term_pictures import NothingToDraw, page_of, png_of  # noqa: PLC0415 - drawing loads slowly

    try:
        if html is not None:
            html.write_text(page_of(found), encoding="utf-8")
        if png is not None:
            png.write_bytes(png_of(found))
    except NothingToDraw as nothing:
        fail(f"nothing is written: {nothing}")
    say_progress(f"the curves are in {' and '.join(str(file) for file in (html, png) if file is not None)}")


def _watch(url: str, choice: Choice, *, every_s: float, wait_s: float, json: bool) -> None:
    """Show the list until the person ends it; as JSON a line each time."""
    try:
        asked(_shown_again_and_again(url, choice, every_s=every_s, wait_s=wait_s, json=json))
    except KeyboardInterrupt:
        raise typer.Exit from None


async def _shown_again_and_again(url: str, choice: Choice, *, every_s: float, wait_s: float, json: bool) -> None:
    async def newest() -> Ranking:
        return await read_ranking(url, choice, wait_s=wait_s)

    if json:
        while True:
            typer.echo((await newest()).model_dump_json())
            await asyncio.sleep(every_s)
    with Live(ranking_view(await newest()), console=output(), auto_refresh=False) as live:
        while True:
            await asyncio.sleep(every_s)
            live.update(ranking_view(await newest()), refresh=True)
