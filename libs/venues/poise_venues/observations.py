"""What a venue shows of its markets."""

from dataclasses import dataclass
from datetime import datetime

from poise_common.domain.instruments import InstrumentKind, Side
from poise_common.domain.order_books import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A market that is open for trading."""

    symbol: str
    kind: InstrumentKind
    base: str
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookView:
    """An order book, best first; quantities in base units. `venue_time` is None where the venue gives none."""

    symbol: str
    sequence: int
    venue_time: datetime | None
    received_at: datetime
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedTrade:
    """A trade on the tape: base units, by the taker's side."""

    time: datetime
    side: Side
    quantity: float


@dataclass(frozen=True, slots=True)
class SettledFunding:
    """A settlement that happened: rate as a fraction of the interval it closed."""

    time: datetime
    rate_per_interval: float
