"""From what the feeds show to what goes on the bus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.control import Severity
from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.market_data import (
    Candle,
    CandleClosed,
    CandleHistory,
    CandleInterval,
    OrderBook,
    TradeFlow,
    Universe,
)
from poise_common.contracts.message import Hop
from poise_common.domain.clock import from_ms, to_ms
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.book_gate import BookGate
from poise_ingestion.domain.candle_series import Closed, MissingMinutes, aggregated
from poise_ingestion.domain.effects import (
    Followed,
    FollowFeeds,
    ReadFundingTerms,
    ReadHistory,
    ReadMissingMinutes,
    ReportFeedHealth,
)
from poise_ingestion.domain.following import Following
from poise_ingestion.domain.freshness import FreshnessMeter
from poise_ingestion.domain.instrument_feed import InstrumentFeed, begin
from poise_ingestion.domain.observations import (
    CandlesSeen,
    FeedInterrupted,
    FundingSeen,
    FundingTermsRead,
    MinutesRead,
    TradesSeen,
)
from poise_ingestion.domain.parameters import IngestionConfig

STAGE = "ingestion"


class FeedDesk:
    """Hold the feeds of the instruments that are followed, and publish what passes."""

    def __init__(
        self, config: IngestionConfig, tiers: frozenset[int], departed_watch_s: float, alerts: AlertBook, new_id: NewId
    ) -> None:
        self._config = config
        self._new_id = new_id
        self._alerts = alerts
        self._following = Following(tiers, departed_watch_s)
        self._feeds: dict[InstrumentId, InstrumentFeed] = {}
        self._gate = BookGate()
        self._held_back: Counter[str] = Counter()
        self._freshness = FreshnessMeter(
            stale_after_s=config.staleness.stale_after_s,
            window_h=config.reliability.window_h,
            minutes_min=config.reliability.minutes_min,
        )
        self._report_at: datetime | None = None

    def follow(self, universe: Universe, now: datetime) -> Sequence[Output]:
        """Follow what the universe says, from now on."""
        fresh = self._following.take(universe, now)
        followed = self._following.instruments
        for gone in self._feeds.keys() - followed.keys():
            del self._feeds[gone]
            self._gate.forget(gone)
        for newcomer in fresh:
            feed = begin(newcomer, self._config)
            self._feeds[newcomer.instrument.id] = feed
            if feed.funding is not None:
                feed.funding.begin(now)
        for instrument, terms in followed.items():
            self._feeds[instrument].followed = terms
        self._freshness.watch(followed, now)
        return (
            Run(FollowFeeds(tuple(followed.values()))),
            *(Run(ReadHistory(newcomer)) for newcomer in fresh if self._wants_history(newcomer)),
        )

    def take_book(self, book: OrderBook, now: datetime) -> Sequence[Output]:
        """Let a book through the gate; what is held back is counted."""
        instrument = InstrumentId(book.venue, book.symbol)
        if instrument not in self._feeds:
            return ()
        fault = self._gate.fault_of(book)
        if fault is not None:
            self._held_back[fault.value] += 1
            return ()
        self._freshness.seen(instrument, now)
        return (Publish(book.model_copy(update={"hops": (*book.hops, Hop(stage=STAGE, at=now))})),)

    def interrupted(self, message: FeedInterrupted) -> Sequence[Output]:
        """Start a book's numbering over."""
        self._gate.forget(InstrumentId(message.venue, message.symbol))
        return ()

    def take_trades(self, message: TradesSeen) -> Sequence[Output]:
        """Add trades up; they are published when their second is over."""
        feed = self._feeds.get(InstrumentId(message.venue, message.symbol))
        if feed is not None:
            feed.trades.add(message.trades)
        return ()

    def take_candles(self, message: CandlesSeen, now: datetime) -> Sequence[Output]:
        """Take a feed's running minutes."""
        feed = self._feeds.get(InstrumentId(message.venue, message.symbol))
        return () if feed is None else self._candles_out(feed, feed.candles.observe(message.candles, to_ms(now)), now)

    def take_missing_minutes(self, message: MinutesRead, now: datetime) -> Sequence[Output]:
        """Take minutes that the feed had missed."""
        feed = self._feeds.get(InstrumentId(message.venue, message.symbol))
        return () if feed is None else self._candles_out(feed, feed.candles.fill(message.candles, to_ms(now)), now)

    def take_history(self, history: CandleHistory, now: datetime) -> Sequence[Output]:
        """Publish a history; of minutes, the five-minute candles made of them too."""
        feed = self._feeds.get(InstrumentId(history.venue, history.symbol))
        if feed is None:
            return ()
        if history.interval is not CandleInterval.MINUTE:
            return (Publish(history),)
        closed = feed.candles.absorb_history(history.candles, to_ms(now))
        return (
            Publish(history),
            Publish(self._five_minutes_of(history, now)),
            *self._candles_out(feed, closed, now),
        )

    def take_funding(self, seen: FundingSeen, now: datetime) -> Sequence[Output]:
        """Publish the running funding once its interval is known."""
        feed = self._feeds.get(InstrumentId(seen.venue, seen.symbol))
        if feed is None or feed.funding is None:
            return ()
        feed.funding.see(seen)
        message = feed.funding.message(self._new_id(now), seen, now)
        return () if message is None else (Publish(message),)

    def take_funding_terms(self, terms: FundingTermsRead) -> Sequence[Output]:
        """Take a perpetual's interval and settlements."""
        feed = self._feeds.get(InstrumentId(terms.venue, terms.symbol))
        if feed is not None and feed.funding is not None:
            feed.funding.read(terms)
        return ()

    def tick(self, now: datetime) -> Sequence[Output]:
        """Close what is over, ask for what is due, and watch for silence."""
        self._freshness.advance(now)
        outputs: list[Output] = []
        for instrument, feed in self._feeds.items():
            outputs += self._candles_out(feed, feed.candles.close_due(to_ms(now)), now)
            outputs += self._trades_out(feed, now)
            if feed.funding is not None and feed.funding.ask_due(now):
                outputs.append(Run(ReadFundingTerms(instrument)))
        outputs += self._watch_silence(now)
        outputs += self._report(now)
        return outputs

    def _wants_history(self, followed: Followed) -> bool:
        return not followed.price_only and followed.instrument.kind in self._config.candles.history_for

    def _trades_out(self, feed: InstrumentFeed, now: datetime) -> Iterable[Output]:
        instrument = feed.followed.instrument
        for second in feed.trades.close_due(to_ms(now)):
            yield Publish(
                TradeFlow.first(
                    self._new_id(now),
                    STAGE,
                    now,
                    venue=instrument.venue,
                    symbol=instrument.symbol,
                    second=from_ms(second.second_ms),
                    buy_volume=second.buy_volume,
                    sell_volume=second.sell_volume,
                    trades=second.trades,
                )
            )

    def _candles_out(
        self, feed: InstrumentFeed, closed: Sequence[Closed | MissingMinutes], now: datetime
    ) -> Sequence[Output]:
        instrument = feed.followed.instrument
        return [
            Run(ReadMissingMinutes(instrument=instrument.id, since=from_ms(one.from_ms)))
            if isinstance(one, MissingMinutes)
            else Publish(self._candle(feed.followed, one.interval, one.candle, now))
            for one in closed
        ]

    def _candle(self, followed: Followed, interval: CandleInterval, candle: Candle, now: datetime) -> CandleClosed:
        return CandleClosed.first(
            self._new_id(now),
            STAGE,
            now,
            venue=followed.instrument.venue,
            symbol=followed.instrument.symbol,
            asset=followed.asset,
            interval=interval,
            opened_at=from_ms(candle.opened_at_ms),
            open=candle.open,
            high=candle.high,
            low=candle.low,
            close=candle.close,
            volume=candle.volume,
        )

    def _five_minutes_of(self, minutes: CandleHistory, now: datetime) -> CandleHistory:
        return CandleHistory.first(
            self._new_id(now),
            STAGE,
            now,
            venue=minutes.venue,
            symbol=minutes.symbol,
            asset=minutes.asset,
            interval=CandleInterval.FIVE_MINUTES,
            candles=aggregated(minutes.candles, CandleInterval.FIVE_MINUTES),
        )

    def _watch_silence(self, now: datetime) -> Iterable[Output]:
        silent = frozenset(self._freshness.silent_for(self._config.staleness.alert_after_s, now))
        by_venue: dict[tuple[str, int], list[str]] = {}
        for instrument, feed in self._feeds.items():
            symbols = by_venue.setdefault((instrument.venue, feed.followed.tier), [])
            if instrument in silent:
                symbols.append(instrument.symbol)
        for (venue, tier), symbols in by_venue.items():
            named = ", ".join(sorted(symbols))
            after_s = self._config.staleness.alert_after_s
            yield from self._alerts.watch(
                "stale_feed",
                f"{venue}/tier{tier}",
                firing=bool(symbols),
                severity=Severity.WARNING,
                text=f"no book for over {after_s:g} s of {named}" if symbols else "all books are fresh again",
                now=now,
            )

    def _report(self, now: datetime) -> Iterable[Output]:
        if self._report_at is None or now >= self._report_at:
            self._report_at = now + timedelta(seconds=self._config.reliability.report_every_s)
            yield Run(ReportFeedHealth(self._freshness.reliability_pct(), dict(self._held_back)))
            self._held_back.clear()
