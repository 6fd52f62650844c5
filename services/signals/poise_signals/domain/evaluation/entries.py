"""Whether a candidate is worth entering now, how large, and with which orders."""

from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.legs import Legs, money
from poise_common.contracts.packages import PackageAction
from poise_common.domain.hedge import Hedge
from poise_common.domain.hedged_quantities import opening_quantities
from poise_signals.domain.evaluation.prospect import Prospect
from poise_signals.domain.parameters import SizingParameters
from poise_signals.domain.strategy.protocol import Edge, Unpriced

_HALVINGS = 8
"""Of the range between the smallest and the target size: what is left open is 0.4 % of it."""


class Entry(NamedTuple):
    """A candidate seen as an entry: its edge where there is one, and orders exactly where nothing speaks against it."""

    notional_usd: float
    edge: Edge | None
    legs: Legs | None
    why_not: str | None


def decide_entry(prospect: Prospect, sizing: SizingParameters, target_usd: Decimal) -> Entry:
    """Return the largest entry up to the target at which the yield still passes."""
    sized_usd, edge = _largest_passing(prospect, float(sizing.min_usd), max(float(sizing.min_usd), float(target_usd)))
    if isinstance(edge, Unpriced):
        return Entry(sized_usd, None, None, edge.reason)
    candidate = prospect.candidate
    why_not = candidate.refusal or edge.why_not
    if why_not is not None:
        return Entry(sized_usd, edge, None, why_not)
    quantities = opening_quantities(
        candidate.long_instrument,
        candidate.short_instrument,
        money(sized_usd),
        money(edge.long_price),
        money(edge.short_price),
        hedge=Hedge(money(edge.hedge_ratio)),
    )
    legs = prospect.orders(PackageAction.OPEN, quantities, edge, sizing.collar_bps)
    if isinstance(legs, str):
        return Entry(sized_usd, edge, None, legs)
    if legs.exposure_usd < sizing.min_usd:
        return Entry(sized_usd, edge, None, f"{legs.exposure_usd:.2f} USD is below the minimum {sizing.min_usd}")
    return Entry(sized_usd, edge, legs, None)


def capacity_usd(prospect: Prospect, sizing: SizingParameters) -> float:
    """Return the largest notional, of those that packages may have, that would still be entered; 0 where none is."""
    largest_usd, edge = _largest_passing(prospect, float(sizing.min_usd), float(sizing.max_usd))
    return largest_usd if _passes(edge) and prospect.candidate.refusal is None else 0.0


def _largest_passing(prospect: Prospect, min_usd: float, target_usd: float) -> tuple[float, Edge | Unpriced]:
    """Bisect between the sizes, as yield never rises with size; answer for the smallest where even that one fails.

    The smallest goes first: on most updates it fails, and nothing else need be priced.
    """
    best = prospect.entry(min_usd)
    if not _passes(best):
        return min_usd, best
    at_target = prospect.entry(target_usd)
    if _passes(at_target):
        return target_usd, at_target
    passing_usd, failing_usd = min_usd, target_usd
    for _ in range(_HALVINGS):
        middle_usd = (passing_usd + failing_usd) / 2
        edge = prospect.entry(middle_usd)
        if _passes(edge):
            passing_usd, best = middle_usd, edge
        else:
            failing_usd = middle_usd
    return passing_usd, best


def _passes(edge: Edge | Unpriced) -> bool:
    return isinstance(edge, Edge) and edge.why_not is None
