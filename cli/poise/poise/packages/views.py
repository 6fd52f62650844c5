"""Packages as tables for a terminal."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from poise.figures import usd
from poise.packages.holdings import Ended, Holding, Packages
from poise_common.contracts.state import HeldLeg, ResultSplit

_UNKNOWN = "–"


def packages_view(found: Packages) -> RenderableType:
    """Show what is held with both legs, the largest first, then what ended."""
    return Group(*_parts(found))


def _parts(found: Packages) -> Iterator[RenderableType]:
    for line in found.attention:
        yield Text(f"! {line}", style="bold red")
    if found.held:
        yield _held(found)
    elif found.as_of is not None:
        yield Text("no package is held")
    if found.ended:
        yield _ended(found.ended)
    elif found.ended is not None:
        yield Text("no package ended in that time")


def _held(found: Packages) -> Table:
    table = Table(title="held", title_justify="left")
    for heading in ("package", "what", "legs"):
        table.add_column(heading, no_wrap=True)
    for heading in ("exposure\nunhedged", "state\nage", "net"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("of which", no_wrap=True)
    for each in found.held:
        table.add_row(
            _ending(each),
            f"{'/'.join(each.assets)}\n{each.strategy}",
            escape(f"{_leg(each.long_leg)}\n{_leg(each.short_leg)}"),
            f"{usd(each.exposure_usd)}\n{_signed(each.residual_delta_usd)}",
            f"{each.state.value}\n{timedelta(seconds=round(each.age_s))}",
            _signed(each.net_usd),
            _of_which(each.result),
        )
    return table


def _ended(ended: tuple[Ended, ...]) -> Table:
    table = Table(title="ended", title_justify="left")
    for heading in ("package", "what", "at", "closed (UTC)"):
        table.add_column(heading, no_wrap=True)
    for heading in ("exposure\nheld for", "state", "net"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("of which", no_wrap=True)
    for each in ended:
        held_s = round((each.closed_at - each.opened_at).total_seconds())
        table.add_row(
            _ending(each),
            f"{each.asset}\n{each.strategy or _UNKNOWN}",
            "\n".join(each.venues),
            f"{each.closed_at:%Y-%m-%d\n%H:%M:%S}",
            f"{_UNKNOWN if each.exposure_usd is None else usd(each.exposure_usd)}\n{timedelta(seconds=held_s)}",
            each.state.value,
            _signed(each.net_usd),
            _of_which(each.result),
        )
    return table


def _ending(each: Holding | Ended) -> str:
    """Show so much of an id as `poise why --package` takes."""
    return f"…{str(each.package_id)[-8:]}"


def _leg(leg: HeldLeg) -> str:
    mark = _UNKNOWN if leg.mark_price is None else f"{leg.mark_price:,.8g}"
    return f"{leg.quantity:+,.8g} {leg.venue}:{leg.symbol} at {leg.entry_price:,.8g}, now {mark}"


def _of_which(result: ResultSplit) -> str:
    """Show what moved the result and by how much: costs as what they take."""
    moved = f"price {_signed(result.price_usd)}, funding {_signed(result.funding_usd)}"
    costs = {"fees": result.fees_usd, "borrow": result.borrow_usd, "slippage": result.slippage_usd}
    return f"{moved}\n{', '.join(f'{name} {_signed(-cost)}' for name, cost in costs.items() if cost)}"


def _signed(amount_usd: Decimal) -> str:
    return f"{'-' if amount_usd < 0 else '+'}${abs(amount_usd):,.2f}"
