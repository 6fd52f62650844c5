"""The latest price of everything held."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

from poise_common.contracts.market_data import FundingRate, OrderBook
from poise_portfolio.domain.ledger.markets import market_of

ONE = Decimal(1)
_DOLLAR = "USD"
PriceOf = Callable[[str, str], Decimal]
"""Prices an instrument by venue and symbol."""


class _Quote(NamedTuple):
    price: float
    at: datetime


class Marks:
    """Prices of instruments and currencies in USD.

    An instrument is worth its book's mid, since that is where it would be closed; a perpetual whose book has gone
    quiet is worth the venue's mark price; what has no market yet is worth the last price it was traded at.
    """

    def __init__(self, usd_stablecoins: Sequence[str], book_max_age: timedelta) -> None:
        self._usd_stablecoins = tuple(usd_stablecoins)
        self._book_max_age = book_max_age
        self._mids: dict[tuple[str, str], _Quote] = {}
        self._venue_marks: dict[tuple[str, str], _Quote] = {}
        self._traded: dict[tuple[str, str], Decimal] = {}

    def take_book(self, book: OrderBook) -> None:
        """Note the mid of a book that has both sides, unless a later one is known."""
        if book.bids and book.asks:
            mid = (book.bids[0].price + book.asks[0].price) / 2
            _note(self._mids, (book.venue, book.symbol), _Quote(mid, book.received_at))

    def take_funding(self, funding: FundingRate) -> None:
        """Note the venue's own mark price, unless a later one is known."""
        _note(self._venue_marks, (funding.venue, funding.symbol), _Quote(funding.mark_price, funding.received_at))

    def take_trade(self, venue: str, symbol: str, price: Decimal) -> None:
        """Note a price that the desk traded at."""
        self._traded[venue, symbol] = price

    def has_market(self, venue: str, symbol: str) -> bool:
        """Say whether the market itself has been heard of since the start."""
        return (venue, symbol) in self._mids or (venue, symbol) in self._venue_marks

    def of(self, venue: str, symbol: str, now: datetime) -> Decimal | None:
        """Return the price of an instrument, None where nothing is known of it."""
        key = (venue, symbol)
        mid, mark = self._mids.get(key), self._venue_marks.get(key)
        if mid is None or (mark is not None and mark.at > mid.at and now - mid.at > self._book_max_age):
            mid = mark
        return self._traded.get(key) if mid is None else Decimal(repr(mid.price))

    def of_currency(self, venue: str, currency: str, now: datetime) -> Decimal | None:
        """Return the USD price of a currency; a USD stablecoin counts as one dollar, its peg is risk's to watch."""
        if self.is_stablecoin(currency):
            return ONE
        known = (self.of(venue, symbol, now) for symbol in self._symbols(currency))
        return next((price for price in known if price is not None), None)

    def is_stablecoin(self, currency: str) -> bool:
        return currency in self._usd_stablecoins

    def is_quoted_in_usd(self, symbol: str) -> bool:
        """Say whether a market counts in dollars; an inverse contract pays none, so that any dollar will do."""
        market = market_of(symbol)
        return self.is_stablecoin(market.quote) or (market.is_inverse and market.quote == _DOLLAR)

    def _symbols(self, currency: str) -> Iterable[str]:
        """Name the markets that price a currency: its spot markets, then the perpetual that settles in it."""
        yield from (f"{currency}/{stablecoin}" for stablecoin in self._usd_stablecoins)
        yield f"{currency}/{_DOLLAR}:{currency}"


def _note(quotes: dict[tuple[str, str], _Quote], key: tuple[str, str], quote: _Quote) -> None:
    known = quotes.get(key)
    if known is None or quote.at >= known.at:
        quotes[key] = quote
