"""The closes of one market's bars, as they were told together."""

from typing import NamedTuple

from poise_portfolio.domain.arrays import Floats, Ints
from poise_portfolio.domain.ledger.markets import Market


class Closes(NamedTuple):
    """Prices beside the slots of their bars (opening time over interval)."""

    asset: str
    venue: str
    market: Market
    slots: Ints
    prices: Floats
