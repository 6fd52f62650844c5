"""How far an order's prices are from the book as it is now."""

from decimal import ROUND_DOWN, ROUND_UP, Decimal

from poise_common.contracts.market_data import OrderBook
from poise_common.contracts.packages import LegIntent, LimitCheck
from poise_common.domain.instruments import Instrument, Side
from poise_risk.domain.gate.entry import Entry
from poise_risk.domain.knowledge.depth import opposite_levels
from poise_risk.domain.limits.check import all_or_nothing

_BPS = Decimal(10_000)


def price_collar(entry: Entry) -> LimitCheck:
    """The farthest of both legs' prices from the best opposite price, in bps.

    A limit price counts where it is worse than that; a decision price either way, for exposure is measured with it.
    """
    farthest_bps = max(leg_distance_bps(leg.intent, leg.book) for leg in entry.legs)
    allowed = entry.limits.collar_max_bps
    return all_or_nothing("price_collar", passed=farthest_bps <= allowed, value=farthest_bps, allowed=allowed)


def leg_distance_bps(intent: LegIntent, book: OrderBook) -> Decimal:
    """Return how far a leg's prices are from the best price it could trade at now."""
    best = best_opposite(book, intent.side)
    beyond = (intent.limit_price - best) * intent.side.sign
    off = abs(intent.decision_price - best)
    return max(beyond, off) / best * _BPS


def best_opposite(book: OrderBook, side: Side) -> Decimal:
    """Return the best price that an order of this side can trade at; the book has both sides."""
    return Decimal(str(opposite_levels(book, side)[0].price))


def collar_price(book: OrderBook, side: Side, collar_bps: Decimal, instrument: Instrument | None) -> Decimal:
    """Return the worst price within the collar of a book, rounded to the tick on its inner side."""
    return collared(best_opposite(book, side), side, collar_bps, instrument)


def collared(best: Decimal, side: Side, collar_bps: Decimal, instrument: Instrument | None) -> Decimal:
    """Return the worst price within the collar of a best price, rounded to the tick on its inner side."""
    worst = best * (1 + side.sign * collar_bps / _BPS)
    if instrument is None:
        return worst
    inward = ROUND_DOWN if side is Side.BUY else ROUND_UP
    return (worst / instrument.price_tick).to_integral_value(inward) * instrument.price_tick
