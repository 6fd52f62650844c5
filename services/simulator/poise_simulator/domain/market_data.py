"""What anyone may ask of the exchange: books, trades, candles, marks, funding."""

from collections.abc import Mapping
from operator import attrgetter

from poise_simulator.domain.candles import MINUTE_MS
from poise_simulator.domain.events import ContractDelivered
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.pages import page, to_klines, to_ticker
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.venue import Venue
from poise_simulator.domain.views import BookView, FundingRate, Kline, MarkPrice, Ticker, Trade


class MarketData:
    """The public half of an exchange. Unknown symbols raise `Rejected(UNKNOWN_SYMBOL)`."""

    def __init__(self, venue: Venue) -> None:
        """Read from a venue."""
        self._venue = venue

    @property
    def now_ms(self) -> int:
        """The virtual time, in epoch milliseconds."""
        return self._venue.now_ms

    @property
    def instruments(self) -> Mapping[tuple[Market, str], Instrument]:
        """All books by market and symbol."""
        return {key: listing.instrument for key, listing in self._venue.listings.items()}

    def book(self, market: Market, symbol: str, limit: int | None = None) -> BookView:
        """Show the best `limit` levels of each side (all by default)."""
        return self._listing(market, symbol).view(self.now_ms, limit)

    def ticker_24h(self, market: Market, symbol: str) -> Ticker:
        """Show rolling 24 h statistics of one book."""
        listing = self._listing(market, symbol)
        listing.candles.roll(self.now_ms)
        return to_ticker(listing, self.now_ms)

    def tickers_24h(self, market: Market) -> list[Ticker]:
        """Show rolling 24 h statistics of all books of a market."""
        listings = self._venue.listings
        return [self.ticker_24h(*key) for key, one in listings.items() if key[0] is market and one.instrument.is_listed]

    def klines(
        self,
        market: Market,
        symbol: str,
        interval_ms: int,
        *,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Kline]:
        """Show candles oldest first: the first `limit` from `start_ms`, else the last `limit`.

        `interval_ms` is a whole number of minutes.
        """
        if interval_ms <= 0 or interval_ms % MINUTE_MS or limit <= 0:
            raise Rejected(RejectReason.INVALID_AMOUNT, f"interval {interval_ms} ms, limit {limit}")
        listing = self._listing(market, symbol)
        listing.candles.roll(self.now_ms)
        rows = listing.candles.rows(interval_ms, start_ms, end_ms, limit)
        return to_klines(rows, listing.instrument, interval_ms)

    def recent_trades(self, market: Market, symbol: str, limit: int = 500) -> list[Trade]:
        """Show the last public trades, oldest first."""
        return self.agg_trades(market, symbol, limit=limit)

    def agg_trades(
        self,
        market: Market,
        symbol: str,
        *,
        from_id: int | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        limit: int = 500,
    ) -> list[Trade]:
        """Show public trades from an id or time on, oldest first; each trade is its own aggregate."""
        tape = self._listing(market, symbol).tape
        trades = tape if from_id is None else [trade for trade in tape if trade.trade_id >= from_id]
        return page(
            trades,
            time_of=attrgetter("time_ms"),
            start_ms=start_ms,
            end_ms=end_ms,
            limit=limit,
            is_from_start=from_id is not None,
        )

    def mark(self, symbol: str) -> MarkPrice:
        """Show a future's mark and index, and a perpetual's predicted funding."""
        self._listing(Market.FUTURES, symbol)
        contract = self._venue.side_books.contract(symbol)
        if contract is not None:
            return contract.view(self.now_ms)
        return self._venue.perpetuals.view(symbol, self.now_ms)

    def funding_history(
        self, symbol: str, *, start_ms: int | None = None, end_ms: int | None = None, limit: int = 100
    ) -> list[FundingRate]:
        """Show settled rates oldest first: the first `limit` from `start_ms`, else the last `limit`.

        Dated futures have none.
        """
        self._listing(Market.FUTURES, symbol)
        state = self._venue.perpetuals.states.get(symbol)
        rates = [] if state is None else state.history()
        return page(rates, time_of=attrgetter("time_ms"), start_ms=start_ms, end_ms=end_ms, limit=limit)

    def deliveries(self, pair: str | None = None) -> list[ContractDelivered]:
        """Show what dated futures, of a pair or of all, were delivered at, newest first."""
        listings = self._venue.listings
        delivered = reversed(self._venue.deliveries.delivered)
        return [one for one in delivered if pair in {None, listings[Market.FUTURES, one.symbol].instrument.pair}]

    def _listing(self, market: Market, symbol: str) -> Listing:
        listing = self._venue.listings.get((market, symbol))
        if listing is None:
            raise Rejected(RejectReason.UNKNOWN_SYMBOL, f"{market} {symbol}")
        return listing
