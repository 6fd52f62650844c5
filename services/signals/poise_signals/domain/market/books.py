"""What is kept of an order book: only what decisions look at, as the message around it is as large again."""

from datetime import datetime
from typing import NamedTuple, Self

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.order_books import Level


class Book(NamedTuple):
    """Both sides, best first; prices in quote per base, quantities in base units."""

    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    received_at: datetime
    true_at: datetime
    """The earlier of the venue's time and its arrival: a late frame is as bad as none."""

    @classmethod
    def of(cls, message: OrderBook) -> Self:
        return cls(message.bids, message.asks, message.received_at, min(message.received_at, message.venue_time))

    @property
    def middle(self) -> float:
        """Return the middle of a book with two sides."""
        return (self.bids[0].price + self.asks[0].price) / 2


class LegBooks(NamedTuple):
    """Fresh books of both legs, each with two sides."""

    long: Book
    short: Book

    @property
    def middle_basis(self) -> float:
        """Return (middle of the short leg's book - middle of the long leg's) / middle of the long leg's."""
        middle = self.long.middle
        return (self.short.middle - middle) / middle
