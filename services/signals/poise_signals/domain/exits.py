"""Whether a package that is held is still worth holding, and the orders that close it."""

from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.legs import Legs, money
from poise_common.contracts.packages import CloseReason, PackageAction
from poise_common.domain.hedged_quantities import LegQuantities, closing_quantities
from poise_signals.domain.packages import PackageRecord
from poise_signals.domain.prospect import Prospect
from poise_signals.domain.strategy import EdgeLeft, Unpriced


class Exit(NamedTuple):
    """A package seen as an exit: what is left in it, why it should go if it should, and by which orders."""

    edge: EdgeLeft | None
    reason: CloseReason | None
    legs: Legs | None
    why_not: str | None


def decide_exit(prospect: Prospect, record: PackageRecord, collar_bps: Decimal, left_universe: bool) -> Exit:
    """Say whether the package should be closed; one whose asset left the universe is, whatever its edge."""
    held = LegQuantities(record.long_quantity, record.short_quantity)
    edge = prospect.exit(min(held)) if min(held) > 0 else Unpriced("a leg holds nothing")
    if isinstance(edge, Unpriced):
        return Exit(None, None, None, edge.reason)
    reason = _reason(prospect, edge, left_universe)
    if reason is None:
        return Exit(edge, None, None, "funding is unknown or stale" if edge.edge_left is None else None)
    carried = money(edge.carried_quantity) if edge.carried_quantity < float(min(held)) else None
    candidate = prospect.candidate
    quantities = closing_quantities(candidate.long_instrument, candidate.short_instrument, held, carried)
    legs = prospect.orders(PackageAction.CLOSE, quantities, edge, collar_bps)
    if isinstance(legs, str):
        return Exit(edge, reason, None, legs)
    return Exit(edge, reason, legs, None)


def _reason(prospect: Prospect, edge: EdgeLeft, left_universe: bool) -> CloseReason | None:
    if left_universe:
        return CloseReason.LEFT_UNIVERSE
    if edge.edge_left is not None and edge.edge_left < prospect.strategy.exit_edge_min:
        return CloseReason.CONVERGED
    return None
