"""`poise rebalance`: bring the desk's weights to their targets; `--plan` shows what that would be."""

from typing import TYPE_CHECKING, Annotated

import typer

from poise.asking import WAIT_S, Json, Reason, Wait, asked, redis_url
from poise.desk_book import consult
from poise.terminal import NOT_AS_ORDERED, REFUSED, fail, output, say_error, say_progress

if TYPE_CHECKING:
    from poise.rebalancing.carrying_out import Rebalancing

app = typer.Typer()

_CARRIED_OUT_WITHIN_S = 300.0


@app.command(
    epilog="Example: poise rebalance --plan --model risk_parity (exit codes: 0 done or shown, 1 a trade was given up or"
    " the plan is not over in time, 2 refused)"
)
def rebalance(
    *,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would be traded and why, and order nothing.")] = False,
    model: Annotated[
        str | None, typer.Option(help="With --plan: by this model instead of the configured one.", metavar="NAME")
    ] = None,
    last: Annotated[bool, typer.Option("--last", help="Show the newest plan and what has come of it.")] = False,
    reason: Reason = "by hand",
    over_within_s: Annotated[
        float, typer.Option("--over-within-s", min=1, max=86_400, help="How long to wait for the trades.")
    ] = _CARRIED_OUT_WITHIN_S,
    wait_s: Wait = WAIT_S,
    json: Json = False,
) -> None:
    """Bring the desk's weights to their targets: sells before buys, every trade through risk."""
    if plan and last:
        fail("--plan shows what would be traded, --last what was; either would pass")
    if model is not None and not plan:
        fail("an order goes by the configured model (rebalancing.models.model); --model would pass with --plan")
    if plan:
        _show_plan(model, wait_s, as_json=json)
    elif last:
        _show_last(wait_s, as_json=json)
    else:
        _carry_out(reason, over_within_s, as_json=json)


def _show_plan(model: str | None, wait_s: float, *, as_json: bool) -> None:
    from poise.rebalancing import planning, views  # noqa: PLC0415 - the portfolio's numerics load slowly

    try:
        parameters = planning.configured(model)
        found = asked(planning.plan_now(redis_url(), parameters, wait_s=wait_s))
    except planning.NothingToPlanBy as nothing:
        fail(str(nothing))
    if as_json:
        typer.echo(planning.as_json(found))
    else:
        output().print(views.plan_view(found))


def _show_last(wait_s: float, *, as_json: bool) -> None:
    from poise.rebalancing import carrying_out  # noqa: PLC0415 - as above

    found = asked(consult(lambda book: carrying_out.read_plan(book, None), wait_s=wait_s))
    if found is None:
        say_error("no plan was made yet; `poise rebalance --plan` shows what one would be")
        raise typer.Exit(NOT_AS_ORDERED)
    _show(found, as_json=as_json)


def _carry_out(reason: str, over_within_s: float, *, as_json: bool) -> None:
    from poise.rebalancing import carrying_out  # noqa: PLC0415 - as above

    plan_id = asked(carrying_out.order(redis_url(), reason))
    try:
        found = asked(carrying_out.until_over(plan_id, say_progress, wait_s=over_within_s))
    except carrying_out.NotCarriedOut as not_over:
        say_error(str(not_over))
        raise typer.Exit(NOT_AS_ORDERED) from None
    _show(found, as_json=as_json)


def _show(found: "Rebalancing", *, as_json: bool) -> None:
    from poise.rebalancing import carrying_out, views  # noqa: PLC0415 - as above

    if as_json:
        typer.echo(carrying_out.as_json(found))
    elif found.is_refused:
        fail(f"nothing is traded: {found.plan.note}")
    else:
        output().print(views.rebalancing_view(found))
    if found.is_refused:
        raise typer.Exit(REFUSED)
    if found.given_up:
        raise typer.Exit(NOT_AS_ORDERED)
