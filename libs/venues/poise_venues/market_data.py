"""Reading a venue's markets over REST."""

import asyncio
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from redis.asyncio import Redis

from poise_common.contracts.market_data import Candle, CandleInterval
from poise_common.domain.clock import Clock, from_ms, to_ms
from poise_common.domain.instruments import Instrument
from poise_common.domain.order_books import Level
from poise_venues.dialects import RECEIVED_AT, Fees, MarginTerms, RunningFunding
from poise_venues.errors import UnknownInstrument
from poise_venues.instruments import contract_size_of, instrument_of, is_supported, kind_of
from poise_venues.observations import BookView, Listing, SettledFunding
from poise_venues.parameters import VenueConfig
from poise_venues.session import Session, open_session

_CANDLES_PAGE_MAX = 1000
"""More than any venue gives at once: each answers with its own page."""
_FUNDING_INTERVALS_ARE_FRESH = timedelta(seconds=1)


class MarketData:
    """A venue's public face, and the account's own fees and margin terms where a key is configured."""

    def __init__(self, session: Session, config: VenueConfig, now: Clock) -> None:
        self.session = session
        self._exchange = session.exchange
        self._dialect = session.dialect
        self._config = config
        self._has_key = config.credentials() is not None
        self._now = now
        self._fees: dict[str, Fees] = {}
        self._margin_terms: dict[str, MarginTerms] = {}
        self._margin_terms_asked: set[str] = set()
        self._funding_intervals_s: dict[str, int] = {}
        self._funding_intervals_read_at: datetime | None = None
        self._reading_funding_intervals = asyncio.Lock()

    @property
    def venue(self) -> str:
        return self.session.venue

    def listings(self) -> tuple[Listing, ...]:
        """Return the markets that are open, as read at the last `connect` or `reload_markets`."""
        return tuple(
            Listing(symbol=market["symbol"], kind=kind_of(market), base=market["base"], quote=market["quote"])
            for market in (self._exchange.markets or {}).values()
            if is_supported(market)
        )

    async def instruments(self, symbols: tuple[str, ...]) -> dict[str, Instrument]:
        """Return instruments with the account's fees, margin terms and the funding interval of now.

        Fees and margin terms are asked for once, the funding intervals every time. Raises UnknownInstrument.
        """
        markets = {symbol: self._market(symbol) for symbol in symbols}
        with self.session.reaching("reading fees and margin terms"):
            await self._read_account_terms(symbols)
            if any(market["swap"] for market in markets.values()):
                await self._read_funding_intervals()
        fallback = Fees(self._config.fees.taker, self._config.fees.maker)
        return {
            symbol: instrument_of(
                self.venue,
                market,
                fees=self._fees.get(symbol, fallback),
                margin=self._margin_terms.get(symbol),
                funding_interval_s=self._funding_intervals_s.get(symbol, self._config.funding_interval_s),
            )
            for symbol, market in markets.items()
        }

    async def volumes_24h_usd(self) -> dict[str, float]:
        """Return the 24 h turnover of every market in its quote currency: dollars, for those the desk trades."""
        volumes: dict[str, float] = {}
        with self.session.reaching("reading 24 h volumes"):
            for kind in ("spot", "swap"):
                tickers = await self._exchange.fetch_tickers(None, {"type": kind})
                volumes.update({symbol: float(ticker["quoteVolume"] or 0) for symbol, ticker in tickers.items()})
        return volumes

    async def book(self, symbol: str, levels: int) -> BookView:
        """Return a snapshot of an order book."""
        with self.session.reaching(f"reading the order book of {symbol}"):
            return self.book_view(symbol, await self._exchange.fetch_order_book(symbol, levels), levels)

    async def closed_candles(self, symbol: str, interval: CandleInterval, since: datetime) -> tuple[Candle, ...]:
        """Return the closed candles that opened at `since` or later, oldest first, however many pages that takes."""
        step_ms = interval.seconds * 1000
        start_ms = to_ms(since)
        candles: dict[int, Candle] = {}
        with self.session.reaching(f"reading candles of {symbol}"):
            while start_ms + step_ms <= to_ms(self._now()):
                page = await self._exchange.fetch_ohlcv(symbol, interval.value, start_ms, _CANDLES_PAGE_MAX)
                fresh = {int(raw[0]): self.candle(symbol, raw) for raw in page}
                candles |= fresh
                if max(fresh, default=0) < start_ms:
                    break
                start_ms = max(fresh) + step_ms
        now_ms, since_ms = to_ms(self._now()), to_ms(since)
        return tuple(candles[opened] for opened in sorted(candles) if since_ms <= opened and opened + step_ms <= now_ms)

    async def running_fundings(self) -> dict[str, RunningFunding]:
        """Return the running funding interval of every perpetual, by symbol."""
        with self.session.reaching("reading funding rates"):
            return await self._dialect.running_fundings(self._exchange)

    async def funding_interval_s(self, symbol: str) -> int:
        """Return a perpetual's funding interval as it is now."""
        with self.session.reaching("reading funding intervals"):
            await self._read_funding_intervals()
        if symbol not in self._funding_intervals_s:
            raise UnknownInstrument(self.venue, symbol)
        return self._funding_intervals_s[symbol]

    async def settled_fundings(self, symbol: str, count: int) -> tuple[SettledFunding, ...]:
        """Return the last settlements of a perpetual, oldest first."""
        with self.session.reaching(f"reading the funding history of {symbol}"):
            history = await self._exchange.fetch_funding_rate_history(symbol, None, count)
            settled = [SettledFunding(from_ms(int(raw["timestamp"])), float(raw["fundingRate"])) for raw in history]
        return tuple(sorted(settled, key=lambda settlement: settlement.time))

    def book_view(self, symbol: str, raw: Any, levels: int) -> BookView:
        """Read ccxt's order book."""
        size = float(contract_size_of(self._market(symbol)))
        return BookView(
            symbol=symbol,
            sequence=int(raw["nonce"] or 0),
            venue_time=from_ms(int(raw["timestamp"])) if raw["timestamp"] else None,
            received_at=raw.get(RECEIVED_AT) or self._now(),
            bids=_levels(raw["bids"], levels, size),
            asks=_levels(raw["asks"], levels, size),
        )

    def candle(self, symbol: str, raw: Any) -> Candle:
        """Read ccxt's candle."""
        opened_at_ms, open_, high, low, close, contracts = raw[:6]
        size = float(contract_size_of(self._market(symbol)))
        return Candle(int(opened_at_ms), float(open_), float(high), float(low), float(close), float(contracts) * size)

    def _market(self, symbol: str) -> Any:
        try:
            return self._exchange.markets[symbol]
        except (KeyError, TypeError):
            raise UnknownInstrument(self.venue, symbol) from None

    async def _read_funding_intervals(self) -> None:
        """Read all intervals, unless that was done just now: all perpetuals are asked about at the same settlement."""
        async with self._reading_funding_intervals:
            read_at = self._funding_intervals_read_at
            if read_at is None or self._now() - read_at > _FUNDING_INTERVALS_ARE_FRESH:
                self._funding_intervals_s = await self._dialect.funding_intervals_s(self._exchange)
                self._funding_intervals_read_at = self._now()

    async def _read_account_terms(self, symbols: tuple[str, ...]) -> None:
        if not self._has_key:
            return
        if not self._config.fee_override and not self._fees.keys() >= set(symbols):
            self._fees |= await self._dialect.fees(self._exchange, symbols)
        if news := tuple(symbol for symbol in symbols if symbol not in self._margin_terms_asked):
            self._margin_terms |= await self._dialect.margin_terms(self._exchange, news)
            self._margin_terms_asked.update(news)


def open_market_data(venue: str, config: VenueConfig, *, redis: Redis, now: Clock) -> MarketData:
    """Make a market data session without touching the network."""
    return MarketData(open_session(venue, config, redis=redis, now=now), config, now)


def _levels(side: Any, count: int, contract_size: float) -> tuple[Level, ...]:
    # Iterated, not sliced: ccxt's sides are lists whose slicing is written in Python.
    return tuple([Level(level[0], level[1] * contract_size) for level in islice(side, count)])
