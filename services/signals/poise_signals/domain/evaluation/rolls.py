"""Whether a package that nears its end goes on in a later contract, and the orders of that."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.legs import Legs, LegTerms, ordered_legs
from poise_common.contracts.packages import PackageAction
from poise_common.domain.hedge import LegQuantities
from poise_common.domain.hedged_quantities import closing_quantities
from poise_common.domain.instruments import Instrument
from poise_signals.domain.evaluation.prospect import Prospect
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Held, RollEdge, Roller


class Roll(NamedTuple):
    """The best successor, and the orders of both halves; no order is sent for the long leg that they have in common."""

    edge: RollEdge
    closing: Legs
    opening: Legs


def decide_roll(
    prospect: Prospect, record: PackageRecord, successors: Iterable[Candidate], collar_bps: Decimal
) -> Roll | None:
    """Return how a package should be rolled now; None where it should not, or can't."""
    strategy, candidate, now = prospect.strategy, prospect.candidate, prospect.now
    held = LegQuantities(record.long_quantity, record.short_quantity)
    if not isinstance(strategy, Roller) or not strategy.is_to_be_rolled(candidate, now) or min(held) <= 0:
        return None
    figures = Held(
        float(held.long), float(held.short), float(record.entry_yield), record.opened_at or record.requested_at
    )
    edges = [
        edge
        for each in successors
        if each.key != candidate.key
        and each.refusal is None
        and isinstance(edge := strategy.roll(candidate, each, prospect.market, figures, now), RollEdge)
        and edge.why_not is None
    ]
    best = max(edges, key=lambda edge: (edge.net_apr, edge.candidate.key), default=None)
    return None if best is None else _ordered(prospect, best, held, collar_bps)


def _ordered(prospect: Prospect, edge: RollEdge, held: LegQuantities, collar_bps: Decimal) -> Roll | None:
    near, far = prospect.candidate, edge.candidate
    quantities = closing_quantities(near.long_instrument, near.short_instrument, held, None)
    sold = far.short_instrument.round_quantity(quantities.short)

    def terms(instrument: Instrument, quantity: Decimal, price: float) -> LegTerms:
        return LegTerms(instrument, quantity, price, prospect.market.book_time(instrument.id))

    long = terms(near.long_instrument, quantities.long, edge.long_price)
    closing = ordered_legs(
        PackageAction.CLOSE, long, terms(near.short_instrument, quantities.short, edge.near_price), collar_bps
    )
    opening = ordered_legs(PackageAction.OPEN, long, terms(far.short_instrument, sold, edge.far_price), collar_bps)
    if isinstance(closing, str) or isinstance(opening, str) or quantities.short != held.short:
        return None
    return Roll(edge, closing, opening)
