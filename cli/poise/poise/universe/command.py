"""`poise universe`: what may be traded now, by which measures, and why the rest may not."""

from typing import Annotated

import typer

from poise.asking import WAIT_S, Asset, Json, Wait, asked, redis_url
from poise.terminal import NOT_AS_ORDERED, output
from poise.universe.members import UniverseChoice, read_membership
from poise.universe.views import membership_view
from poise_common.contracts.streams import TIERS

app = typer.Typer()


@app.command(
    epilog="Example: poise universe --tier 2; poise universe --excluded --asset DOGE --json (exit code 1: ingestion is"
    " silent)"
)
def universe(
    *,
    asset: Asset = None,
    tier: Annotated[int | None, typer.Option(min=TIERS[0], max=TIERS[-1], help="Of this tier alone.")] = None,
    excluded: Annotated[bool, typer.Option("--excluded", help="Show only what is left out, and why.")] = False,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Show what may be traded, and why the rest may not: volume, depth, spread, correlation, every reason."""
    found = asked(read_membership(redis_url(), UniverseChoice(asset=asset, tier=tier), wait_s=wait_s))
    if excluded:
        found = found.model_copy(update={"members": ()})
    if json:
        typer.echo(found.model_dump_json())
    else:
        output().print(membership_view(found, excluded_only=excluded))
    if found.attention:
        raise typer.Exit(NOT_AS_ORDERED)
