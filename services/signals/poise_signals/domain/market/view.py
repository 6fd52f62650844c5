"""The newest of what the markets said, and whether it is fresh enough to decide on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from poise_common.contracts.market_data import (
    Candle,
    CandleClosed,
    CandleHistory,
    CandleInterval,
    FundingRate,
    OrderBook,
)
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.cross_asset.watch import CrossAssetWatch
from poise_signals.domain.market.books import Book, LegBooks
from poise_signals.domain.market.funding_forecast import FundingOutlook, outlook
from poise_signals.domain.market.histories import HourlyHistories
from poise_signals.domain.market.volatility import RecentVolatility
from poise_signals.domain.parameters import SharedParameters


@dataclass(slots=True)
class _Known:
    """What is known of one instrument, together: a decision looks at most of it."""

    book: Book | None = None
    outlook: FundingOutlook | None = None
    volatility: RecentVolatility | None = None


class MarketView:
    """Latest book, funding outlook, volatility and last hours of each instrument, and what assets say of each other."""

    def __init__(self, shared: SharedParameters) -> None:
        self._book_age_max = timedelta(seconds=shared.timing.books_stale_after_s)
        self._funding_intervals_max = shared.timing.funding_stale_after_intervals
        self._forecast = shared.funding_forecast
        self._buffer = shared.costs.safety_buffer
        self.histories = HourlyHistories(shared.histories.hours_kept)
        self.cross_asset = CrossAssetWatch(shared.cross_asset, self.histories)
        self._known: defaultdict[InstrumentId, _Known] = defaultdict(_Known)

    def take_book(self, instrument: InstrumentId, book: OrderBook) -> bool:
        """Keep a book unless a later one is known; say whether it was kept."""
        known = self._known[instrument]
        if known.book is not None and book.received_at < known.book.received_at:
            return False
        known.book = Book.of(book)
        return True

    def take_funding(self, instrument: InstrumentId, funding: FundingRate) -> bool:
        """Keep a funding message unless a later one is known; say whether it was kept."""
        known = self._known[instrument]
        if known.outlook is not None and funding.received_at < known.outlook.received_at:
            return False
        known.outlook = outlook(funding, self._forecast)
        return True

    def take_candles(self, message: CandleClosed | CandleHistory) -> None:
        """Count one-minute closes toward recent volatility, and keep hours."""
        instrument = InstrumentId(message.venue, message.symbol)
        candles: Sequence[CandleClosed | Candle] = (message,) if isinstance(message, CandleClosed) else message.candles
        if message.interval is CandleInterval.MINUTE:
            known = self._known[instrument]
            if known.volatility is None:
                known.volatility = RecentVolatility(self._buffer)
            for candle in candles:
                known.volatility.add(_opened_at_ms(candle), candle.close)
        elif message.interval is CandleInterval.HOUR:
            for candle in candles:
                self.histories.put(instrument, _opened_at_ms(candle), candle.close, candle.volume)

    def fresh_book(self, instrument: InstrumentId, now: datetime) -> Book | None:
        """Return the book unless it is too old."""
        book = self._of(instrument).book
        return None if book is None or now - book.true_at > self._book_age_max else book

    def fresh_books(self, long: InstrumentId, short: InstrumentId, now: datetime) -> LegBooks | str:
        """Return the books of two legs, or which one can't be decided on."""
        found = []
        for instrument in (long, short):
            book = self.fresh_book(instrument, now)
            if book is None:
                return f"order book of {instrument.symbol} is missing or stale"
            if not book.bids or not book.asks:
                return f"order book of {instrument.symbol} has an empty side"
            found.append(book)
        return LegBooks(*found)

    def book_time(self, instrument: InstrumentId) -> datetime:
        """Return when the book that is known arrived; only of an instrument that was priced."""
        book = self._of(instrument).book
        assert book is not None  # noqa: S101 - it was priced
        return book.received_at

    def fresh_outlook(self, instrument: InstrumentId, now: datetime) -> FundingOutlook | None:
        """Return the funding outlook if it is no older than the allowed number of its own intervals."""
        known = self._of(instrument).outlook
        if known is None:
            return None
        age_max_s = known.interval_s * self._funding_intervals_max
        return known if (now - known.received_at).total_seconds() <= age_max_s else None

    def volatility_bps(self, instrument: InstrumentId) -> float | None:
        """Return the standard deviation of one-minute returns in bps, None while unknown."""
        known = self._of(instrument).volatility
        return None if known is None else known.bps

    def _of(self, instrument: InstrumentId) -> _Known:
        return self._known.get(instrument) or _Known()


def _opened_at_ms(candle: CandleClosed | Candle) -> int:
    return candle.opened_at_ms if isinstance(candle, Candle) else to_ms(candle.opened_at)
