"""Whether a package that is held is still worth holding, and the orders that close it."""

from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.legs import Legs, money
from poise_common.contracts.packages import CloseReason, PackageAction
from poise_common.domain.hedge import Hedge, LegQuantities
from poise_common.domain.hedged_quantities import closing_quantities
from poise_signals.domain.evaluation.prospect import Prospect
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.strategy.protocol import EdgeLeft, Held, Unpriced


class Exit(NamedTuple):
    """A package seen as an exit: what is left in it, why it should go if it should, and by which orders."""

    edge: EdgeLeft | None
    reason: CloseReason | None
    legs: Legs | None
    why_not: str | None


def decide_exit(prospect: Prospect, record: PackageRecord, collar_bps: Decimal, left_universe: bool) -> Exit:
    """Say whether the package should be closed; one whose asset left the universe is, whatever its edge."""
    held = LegQuantities(record.long_quantity, record.short_quantity)
    if min(held) <= 0:
        return Exit(None, None, None, "a leg holds nothing")
    since = record.opened_at or record.requested_at
    edge = prospect.exit(Held(float(held.long), float(held.short), float(record.entry_yield), since))
    if isinstance(edge, Unpriced):
        return Exit(None, None, None, edge.reason)
    reason = CloseReason.LEFT_UNIVERSE if left_universe else edge.close
    if reason is None:
        return Exit(edge, None, None, "funding is unknown or stale" if edge.edge_left is None else None)
    candidate, hedge = prospect.candidate, Hedge(record.hedge_ratio)
    carried = money(edge.carried_quantity) if edge.carried_quantity < float(hedge.matched(*held).long) else None
    quantities = closing_quantities(candidate.long_instrument, candidate.short_instrument, held, carried, hedge=hedge)
    legs = prospect.orders(PackageAction.CLOSE, quantities, edge, collar_bps)
    if isinstance(legs, str):
        return Exit(edge, reason, None, legs)
    return Exit(edge, reason, legs, None)
