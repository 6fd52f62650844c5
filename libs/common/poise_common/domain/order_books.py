"""Order books and what trading through them costs."""

from collections.abc import Sequence
from typing import NamedTuple


class Level(NamedTuple):
    """A price level: price in quote per base unit, quantity in base units."""

    price: float
    quantity: float


class InsufficientDepth(NamedTuple):
    """The answer when a book is too thin for a notional: not a number."""

    wanted_usd: float
    available_usd: float


def vwap(levels: Sequence[tuple[float, float]], notional_usd: float) -> float | InsufficientDepth:
    """Return the average price of trading a notional through levels, best first.

    Takes min(quantity, remaining notional / price) of each level; VWAP = N / sum of quantities.
    """
    remaining_usd = notional_usd
    quantity = 0.0
    for price, available in levels:
        level_usd = price * available
        if level_usd >= remaining_usd:
            return notional_usd / (quantity + remaining_usd / price)
        quantity += available
        remaining_usd -= level_usd
    return InsufficientDepth(notional_usd, notional_usd - remaining_usd)


def is_crossed(bids: Sequence[tuple[float, float]], asks: Sequence[tuple[float, float]]) -> bool:
    """Say whether the best bid is at or above the best ask; a side without levels crosses nothing."""
    return bool(bids) and bool(asks) and bids[0][0] >= asks[0][0]


def depth_within_usd(levels: Sequence[tuple[float, float]], mid: float, fraction: float) -> float:
    """Sum the notional that stands within a fraction of mid on one side."""
    reach = mid * fraction
    return sum(price * quantity for price, quantity in levels if abs(price - mid) <= reach)
