"""Net yield to enter and premium left at exit, from both books (SPEC 2.1); fractions of the long notional."""

from collections.abc import Sequence
from typing import NamedTuple

from poise_common.domain.order_books import InsufficientDepth, vwap

Levels = Sequence[tuple[float, float]]


class EntryYield(NamedTuple):
    """What opening now would lock in: VWAPs in quote, basis before costs, net yield after them."""

    long_price: float
    short_price: float
    basis: float
    net_yield: float


class ExitPremium(NamedTuple):
    """What closing now would pay back: VWAPs in quote, the premium still open, and how much of it the books carry."""

    long_price: float
    short_price: float
    premium: float
    carried_quantity: float
    """Base units that both books carry, at most what was asked for."""


class Traded(NamedTuple):
    price: float
    quantity: float


def entry_yield(
    long_asks: Levels, short_bids: Levels, notional_usd: float, fees: float, safety_buffer: float
) -> EntryYield | InsufficientDepth:
    """Return (VWAP_bid(short) - VWAP_ask(long)) / VWAP_ask(long) - fees - safety buffer for a notional in USD."""
    long_price = vwap(long_asks, notional_usd)
    if isinstance(long_price, InsufficientDepth):
        return long_price
    short_price = vwap(short_bids, notional_usd)
    if isinstance(short_price, InsufficientDepth):
        return short_price
    basis = (short_price - long_price) / long_price
    return EntryYield(long_price, short_price, basis, basis - fees - safety_buffer)


def exit_premium(long_bids: Levels, short_asks: Levels, quantity: float) -> ExitPremium | None:
    """Return (VWAP_ask(short) - VWAP_bid(long)) / VWAP_bid(long) for a quantity in base units, or what depth there is.

    No fees: those of the exit are owed whenever it comes. None when a side has no level at all.
    """
    long_side, short_side = trade_through(long_bids, quantity), trade_through(short_asks, quantity)
    if long_side is None or short_side is None:
        return None
    carried = min(long_side.quantity, short_side.quantity)
    if carried < quantity:
        long_side, short_side = trade_through(long_bids, carried), trade_through(short_asks, carried)
        if long_side is None or short_side is None:
            return None
    return ExitPremium(
        long_side.price, short_side.price, (short_side.price - long_side.price) / long_side.price, carried
    )


def trade_through(levels: Levels, quantity: float) -> Traded | None:
    """Return the average price over a quantity in base units, best level first, and how much of it there is."""
    remaining, cost = quantity, 0.0
    for price, available in levels:
        if available >= remaining:
            return Traded((cost + price * remaining) / quantity, quantity)
        cost += price * available
        remaining -= available
    traded = quantity - remaining
    return Traded(cost / traded, traded) if traded > 0 else None
