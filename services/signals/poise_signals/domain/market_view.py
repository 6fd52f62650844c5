"""The newest of what the markets said, and whether it is fresh enough to decide on."""

from datetime import datetime, timedelta

from poise_common.contracts.market_data import CandleClosed, CandleHistory, CandleInterval, FundingRate, OrderBook
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.funding_forecast import FundingOutlook, outlook
from poise_signals.domain.parameters import FundingForecastParameters, SafetyBufferParameters, TimingParameters
from poise_signals.domain.volatility import RecentVolatility


class MarketView:
    """Latest book, funding outlook and volatility of each instrument."""

    def __init__(
        self, timing: TimingParameters, forecast: FundingForecastParameters, buffer: SafetyBufferParameters
    ) -> None:
        self._book_age_max = timedelta(seconds=timing.books_stale_after_s)
        self._funding_intervals_max = timing.funding_stale_after_intervals
        self._forecast = forecast
        self._buffer = buffer
        self._books: dict[InstrumentId, OrderBook] = {}
        self._outlooks: dict[InstrumentId, FundingOutlook] = {}
        self._volatilities: dict[InstrumentId, RecentVolatility] = {}

    def take_book(self, instrument: InstrumentId, book: OrderBook) -> bool:
        """Keep a book unless a later one is known; say whether it was kept."""
        known = self._books.get(instrument)
        if known is not None and book.received_at < known.received_at:
            return False
        self._books[instrument] = book
        return True

    def take_funding(self, instrument: InstrumentId, funding: FundingRate) -> bool:
        """Keep a funding message unless a later one is known; say whether it was kept."""
        known = self._outlooks.get(instrument)
        if known is not None and funding.received_at < known.received_at:
            return False
        self._outlooks[instrument] = outlook(funding, self._forecast)
        return True

    def take_candles(self, message: CandleClosed | CandleHistory) -> None:
        """Count one-minute closes toward recent volatility."""
        if message.interval is not CandleInterval.MINUTE:
            return
        instrument = InstrumentId(message.venue, message.symbol)
        volatility = self._volatilities.get(instrument)
        if volatility is None:
            volatility = self._volatilities[instrument] = RecentVolatility(self._buffer)
        if isinstance(message, CandleClosed):
            volatility.add(to_ms(message.opened_at), message.close)
        else:
            for candle in message.candles:
                volatility.add(candle.opened_at_ms, candle.close)

    def fresh_book(self, instrument: InstrumentId, now: datetime) -> OrderBook | None:
        """Return the book if neither its arrival nor its venue time is too old: a late frame is as bad as none."""
        book = self._books.get(instrument)
        if book is None or now - min(book.received_at, book.venue_time) > self._book_age_max:
            return None
        return book

    def newest_book(self, one: InstrumentId, other: InstrumentId) -> OrderBook | None:
        """Return the later of two instruments' books, None while neither is known."""
        known = [book for instrument in (one, other) if (book := self._books.get(instrument)) is not None]
        return max(known, key=lambda book: book.received_at, default=None)

    def book_time(self, instrument: InstrumentId) -> datetime:
        """Return when the book that is known arrived; only of an instrument that was priced."""
        return self._books[instrument].received_at

    def fresh_outlook(self, instrument: InstrumentId, now: datetime) -> FundingOutlook | None:
        """Return the funding outlook if it is no older than the allowed number of its own intervals."""
        known = self._outlooks.get(instrument)
        if known is None:
            return None
        age_max_s = known.interval_s * self._funding_intervals_max
        return known if (now - known.received_at).total_seconds() <= age_max_s else None

    def volatility_bps(self, instrument: InstrumentId) -> float | None:
        """Return the standard deviation of one-minute returns in bps, None while unknown."""
        known = self._volatilities.get(instrument)
        return None if known is None else known.bps
