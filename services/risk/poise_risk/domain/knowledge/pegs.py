"""How far a stablecoin is off its peg, read from the book of its peg pair."""

from collections.abc import Mapping, Set
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.market_data import OrderBook, Universe
from poise_common.domain.instruments import InstrumentId


def peg_deviations_pct(
    universe: Universe | None,
    books: Mapping[InstrumentId, OrderBook],
    now: datetime,
    stale_after: timedelta,
    *,
    among: Set[str] | None = None,
) -> dict[str, Decimal]:
    """Return the distance from 1, in per cent without sign, of each stablecoin, or of those among these currencies.

    A coin whose pair has no fresh book is left out: unknown. Of several venues' pairs the farthest counts.
    """
    deviations: dict[str, Decimal] = {}
    if universe is None:
        return deviations
    for coin, symbol in universe.stablecoin_peg_symbols.items():
        if among is not None and coin not in among:
            continue
        for pair in universe.peg_pairs:
            book = books.get(pair.id) if pair.symbol == symbol else None
            middle = None if book is None or now - book.received_at > stale_after else mid_price(book)
            if middle is not None:
                price = middle if pair.base == coin else 1 / middle
                deviations[coin] = max(deviations.get(coin, Decimal(0)), abs(price - 1) * 100)
    return deviations


def mid_price(book: OrderBook) -> Decimal | None:
    """Return the middle of the best prices, or None where a side is empty."""
    if not book.bids or not book.asks:
        return None
    return (Decimal(str(book.bids[0].price)) + Decimal(str(book.asks[0].price))) / 2
