"""The best prices now: what resting orders and unwinds are priced from."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_execution.domain.order_rules import outward_price

_ONE_BPS = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Quote:
    bid: Decimal
    ask: Decimal
    received_at: datetime

    @property
    def mid(self) -> Decimal:
        return (self.bid + self.ask) / 2


class Quotes:
    """The newest best bid and ask of each instrument."""

    def __init__(self, max_age_s: float) -> None:
        self._max_age = timedelta(seconds=max_age_s)
        self._quotes: dict[InstrumentId, Quote] = {}

    def update(self, book: OrderBook) -> None:
        """Take a book; an older one than is known, or one with an empty side, changes nothing."""
        key = InstrumentId(book.venue, book.symbol)
        known = self._quotes.get(key)
        if not book.bids or not book.asks or (known and known.received_at > book.received_at):
            return
        self._quotes[key] = Quote(
            Decimal(repr(book.bids[0].price)), Decimal(repr(book.asks[0].price)), book.received_at
        )

    def reference_price(self, instrument: InstrumentId, side: Side, fallback: Decimal, now: datetime) -> Decimal:
        """Return the best price on the side an order would take, or the fallback where the book is stale or missing."""
        quote = self._quotes.get(instrument)
        if quote is None or now - quote.received_at > self._max_age:
            return fallback
        return quote.ask if side is Side.BUY else quote.bid

    def own_side_price(self, instrument: InstrumentId, side: Side, now: datetime) -> Decimal | None:
        """Return the best price on the side an order would rest on, or None where the book is stale or missing."""
        quote = self._quotes.get(instrument)
        if quote is None or now - quote.received_at > self._max_age:
            return None
        return quote.bid if side is Side.BUY else quote.ask

    def mid_price(self, instrument: InstrumentId, fallback: Decimal) -> Decimal:
        """Return the last known mid price, to value a quantity with."""
        quote = self._quotes.get(instrument)
        return quote.mid if quote else fallback


def collared(instrument: Instrument, side: Side, reference_price: Decimal, collar_bps: Decimal) -> Decimal:
    """Return the worst price an order may fill at: the reference, worse by the collar, on the tick."""
    return outward_price(instrument, side, reference_price * (1 + side.sign * collar_bps * _ONE_BPS))
