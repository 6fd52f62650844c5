"""Shows ingestion the exchange's public side, as its sources and scans would see it over sockets."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from poise.simulation.exchange_scanner import STAGE, ExchangeScanner, candle
from poise.simulation.exchange_terms import market_of, symbol_of
from poise_common.contracts.market_data import CandleHistory, CandleInterval, OrderBook
from poise_common.contracts.message import Message
from poise_common.domain.clock import from_ms, to_ms
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_common.domain.order_books import Level
from poise_ingestion.domain import effects, observations
from poise_ingestion.domain.parameters import UniverseConfig
from poise_simulator.domain.events import DepthChanged, Event, MarkPriceUpdated, TradePrinted
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.instruments import Market

_MINUTE_MS = 60_000
_HISTORY_CANDLES = {CandleInterval.MINUTE: 300, CandleInterval.HOUR: 750}
"""Enough that the shipped windows know every correlation from the start, and no more: each costs a world time."""
_CANDLES_EVERY = timedelta(seconds=1)
_LEVELS = 15


class ExchangeFeeds:
    """Answer ingestion's effects from an exchange that shares the process, and show what moves on it."""

    def __init__(self, exchange: Exchange, venue: str, universe: UniverseConfig, new_id: NewId) -> None:
        self._exchange = exchange
        self._venue = venue
        self._scanner = ExchangeScanner(exchange, venue, universe, new_id)
        self._new_id = new_id
        self._followed: dict[tuple[Market, str], effects.Followed] = {}
        self._candles_due: datetime | None = None
        self._is_out = False
        self._histories_owed: list[effects.Followed] = []

    def scan(self, now: datetime) -> Message:
        """Measure the exchange's markets, or fail where it is out."""
        return self._scan_failed(now) if self._exchange.is_in_maintenance else self._scanner.scan(now)

    def run(self, effect: object, now: datetime) -> Iterator[Message]:
        """Answer an effect, as ingestion's adapter would where the venue is out: histories as soon as it is back."""
        is_out = self._exchange.is_in_maintenance
        match effect:
            case effects.FollowFeeds():
                self._followed = {_key(one.instrument): one for one in effect.instruments}
                if not is_out:
                    yield from (self._book(key, now) for key in self._followed)
            case effects.ScanMarkets():
                yield self.scan(now)
            case effects.ReadHistory() if is_out:
                self._histories_owed.append(effect.followed)
            case effects.ReadHistory():
                yield from self._history(effect.followed, now)
            case effects.ReadMissingMinutes():
                yield self._minutes(effect, now, is_out=is_out)
            case effects.ReadFundingTerms():
                if not is_out:
                    yield self._funding_terms(effect.instrument, now)
            case effects.ReportFeedHealth():
                pass
            case _:
                raise AssertionError(f"ingestion has no such effect: {effect!r}")

    def lost(self) -> None:
        """Show nothing more until a new process says what it follows."""
        self._followed = {}
        self._histories_owed = []

    def on_duty(self, now: datetime) -> Message:
        """Give the one process the scanner's duty."""
        return observations.DutyChanged.first(self._new_id(now), STAGE, now, held=True)

    def show(self, events: Sequence[Event], now: datetime) -> Iterator[Message]:
        """Show what happened since the last look: a book once however often it changed, as a socket would batch it.

        Sockets break where the venue goes out; where it is back, each book is shown anew.
        """
        was_out, self._is_out = self._is_out, self._exchange.is_in_maintenance
        if self._is_out:
            if not was_out:
                yield from (self._interrupted(key, now) for key in self._followed)
            return
        if was_out:
            yield from (self._book(key, now) for key in self._followed)
            owed, self._histories_owed = self._histories_owed, []
            yield from (message for followed in owed for message in self._history(followed, now))
        changed: dict[tuple[Market, str], None] = {}
        trades: dict[tuple[Market, str], list[tuple[int, Side, float]]] = {}
        for event in events:
            match event:
                case DepthChanged() if (event.market, event.symbol) in self._followed:
                    changed[event.market, event.symbol] = None
                case TradePrinted() if (event.market, event.symbol) in self._followed:
                    taker = Side.SELL if event.buyer_is_maker else Side.BUY
                    trades.setdefault((event.market, event.symbol), []).append(
                        (event.time_ms, taker, float(event.quantity))
                    )
                case MarkPriceUpdated() if event.next_funding_ms and (Market.FUTURES, event.symbol) in self._followed:
                    yield self._funding(event, now)
                case _:
                    pass
        yield from (self._book(key, now) for key in changed)
        for key, seen in trades.items():
            symbol = self._followed[key].instrument.symbol
            yield observations.TradesSeen.first(
                self._new_id(now), STAGE, now, venue=self._venue, symbol=symbol, trades=tuple(seen)
            )
        yield from self._running_candles(now)

    def _scan_failed(self, now: datetime) -> Message:
        return observations.ScanFailed.first(self._new_id(now), STAGE, now, reason=f"{self._venue} is out")

    def _interrupted(self, key: tuple[Market, str], now: datetime) -> Message:
        symbol = self._followed[key].instrument.symbol
        return observations.FeedInterrupted.first(self._new_id(now), STAGE, now, venue=self._venue, symbol=symbol)

    def _book(self, key: tuple[Market, str], now: datetime) -> Message:
        followed = self._followed[key]
        view = self._exchange.book(*key, limit=_LEVELS)
        return OrderBook.first(
            self._new_id(now),
            STAGE,
            now,
            venue=self._venue,
            symbol=followed.instrument.symbol,
            tier=followed.tier,
            sequence=view.last_update_id,
            venue_time=from_ms(view.time_ms),
            received_at=now,
            bids=tuple(Level(float(price), float(quantity)) for price, quantity in view.bids),
            asks=tuple(Level(float(price), float(quantity)) for price, quantity in view.asks),
        )

    def _funding(self, event: MarkPriceUpdated, now: datetime) -> Message:
        return observations.FundingSeen.first(
            self._new_id(now),
            STAGE,
            now,
            venue=self._venue,
            symbol=self._followed[Market.FUTURES, event.symbol].instrument.symbol,
            funding_rate_per_interval=float(event.funding_rate),
            predicted_next_rate_per_interval=None,
            next_funding_at=from_ms(event.next_funding_ms),
            mark_price=float(event.mark),
            index_price=float(event.index),
            received_at=now,
        )

    def _running_candles(self, now: datetime) -> Iterator[Message]:
        if self._candles_due is not None and now < self._candles_due:
            return
        self._candles_due = now + _CANDLES_EVERY
        for key, followed in self._followed.items():
            if followed.price_only:
                continue
            candles = tuple(candle(kline) for kline in self._exchange.klines(*key, _MINUTE_MS, limit=2))
            yield observations.CandlesSeen.first(
                self._new_id(now), STAGE, now, venue=self._venue, symbol=followed.instrument.symbol, candles=candles
            )

    def _history(self, followed: effects.Followed, now: datetime) -> Iterator[Message]:
        for interval, limit in _HISTORY_CANDLES.items():
            klines = self._exchange.klines(*_key(followed.instrument), interval.seconds * 1000, limit=limit)
            yield CandleHistory.first(
                self._new_id(now),
                STAGE,
                now,
                venue=self._venue,
                symbol=followed.instrument.symbol,
                asset=followed.asset,
                interval=interval,
                candles=tuple(candle(kline) for kline in klines if kline.close_time_ms < to_ms(now)),
            )

    def _minutes(self, effect: effects.ReadMissingMinutes, now: datetime, *, is_out: bool) -> Message:
        key = next(key for key, one in self._followed.items() if one.instrument.id == effect.instrument)
        limit = _HISTORY_CANDLES[CandleInterval.MINUTE]
        klines = self._exchange.klines(*key, _MINUTE_MS, start_ms=to_ms(effect.since), limit=limit)
        return observations.MinutesRead.first(
            self._new_id(now),
            STAGE,
            now,
            venue=self._venue,
            symbol=effect.instrument.symbol,
            candles=tuple(candle(kline) for kline in klines if kline.close_time_ms < to_ms(now) and not is_out),
        )

    def _funding_terms(self, instrument: InstrumentId, now: datetime) -> Message:
        symbol = next(key[1] for key, one in self._followed.items() if one.instrument.id == instrument)
        settled = self._exchange.funding_history(symbol)
        return observations.FundingTermsRead.first(
            self._new_id(now),
            STAGE,
            now,
            venue=self._venue,
            symbol=instrument.symbol,
            interval_s=self._exchange.mark(symbol).interval_s,
            settled_at=tuple(from_ms(rate.time_ms) for rate in settled),
            settled_rates_per_interval=tuple(float(rate.rate) for rate in settled),
        )


def _key(instrument: Instrument) -> tuple[Market, str]:
    return market_of(instrument), symbol_of(instrument)
