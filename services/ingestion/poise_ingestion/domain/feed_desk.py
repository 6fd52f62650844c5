"""From what the feeds show to what goes on the bus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from poise_common.contracts.alert_book import AlertBook
from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.market_data import CandleHistory, CandleInterval, OrderBook, TradeFlow, Universe
from poise_common.contracts.message import Hop
from poise_common.domain.clock import from_ms, to_ms
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.domain.book_gate import BookGate
from poise_ingestion.domain.candle_messages import CandleMessages
from poise_ingestion.domain.candle_series import Closed, MissingMinutes
from poise_ingestion.domain.effects import (
    Followed,
    FollowFeeds,
    ReadFundingTerms,
    ReadHistory,
    ReadLastMinutes,
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
    LastMinutesRead,
    MinutesRead,
    ReplicasSeen,
    TradesSeen,
)
from poise_ingestion.domain.parameters import IngestionConfig
from poise_ingestion.domain.replica_share import ReplicaShare
from poise_ingestion.domain.silence_watch import SilenceWatch

STAGE = "ingestion"


class FeedDesk:
    """Hold the feeds of the instruments that are followed, and publish what passes."""

    def __init__(
        self,
        config: IngestionConfig,
        following: Following,
        alerts: AlertBook,
        new_id: NewId,
        *,
        replica: str | None,
    ) -> None:
        """`replica` names this process among those that share its tiers; None: it is alone."""
        self._config = config
        self._new_id = new_id
        self._silence = SilenceWatch(config.staleness.alert_after_s, following.tiers, alerts, replica)
        self._following = following
        self._share = ReplicaShare(replica, timedelta(milliseconds=config.sharing.overlap_ms))
        self._followed: dict[InstrumentId, Followed] = {}
        self._candles = CandleMessages(new_id)
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
        """Follow this process's share of what the universe says, from now on."""
        self._following.take(universe, now)
        return self._follow_share(now)

    def take_replicas(self, seen: ReplicasSeen, now: datetime) -> Sequence[Output]:
        """Share a tier with those that are there now; tell them what is shown here."""
        self._share.see(seen)
        self._silence.see(seen)
        to_say = self._share.to_say(seen.tier, self._following.instruments)
        return (*self._follow_share(now), *(() if to_say is None else (Run(to_say),)))

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
        self._share.note_shown(instrument)
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

    def take_last_minutes(self, message: LastMinutesRead, now: datetime) -> Sequence[Output]:
        """Take what came before a feed was taken over; say again what may not have been said."""
        feed = self._feeds.get(InstrumentId(message.venue, message.symbol))
        if feed is None or feed.taken_over_at is None:
            return ()
        said_from = feed.taken_over_at - timedelta(minutes=self._config.candles.said_again_minutes)
        return self._candles_out(feed, feed.candles.take_over(message.candles, to_ms(said_from)), now)

    def take_history(self, history: CandleHistory, now: datetime) -> Sequence[Output]:
        """Publish a history; of minutes, the five-minute candles made of them too."""
        feed = self._feeds.get(InstrumentId(history.venue, history.symbol))
        if feed is None:
            return ()
        if history.interval is not CandleInterval.MINUTE:
            self._share.note_history(feed.followed.instrument.id)
            return (Publish(history),)
        closed = feed.candles.absorb_history(history.candles, to_ms(now))
        return (
            Publish(history),
            Publish(self._candles.five_minutes_of(history, now)),
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
        outputs += self._silence.check(self._silent(now), now)
        outputs += self._report(now)
        return outputs

    def _follow_share(self, now: datetime) -> Sequence[Output]:
        followed = self._share.of(self._following.instruments, now)
        if followed == self._followed:
            return ()
        self._followed = followed
        for gone in self._feeds.keys() - followed.keys():
            del self._feeds[gone]
            self._gate.forget(gone)
        fresh = [terms for instrument, terms in followed.items() if instrument not in self._feeds]
        for newcomer in fresh:
            taken_over_at = now if self._share.is_taken_over(newcomer) else None
            feed = self._feeds[newcomer.instrument.id] = begin(newcomer, self._config, taken_over_at=taken_over_at)
            if feed.funding is not None:
                feed.funding.begin(now)
        for instrument, terms in followed.items():
            self._feeds[instrument].followed = terms
        self._freshness.watch(followed, now)
        return (Run(FollowFeeds(tuple(followed.values()))), *self._pasts(fresh))

    def _pasts(self, fresh: Iterable[Followed]) -> Iterable[Output]:
        """Read histories that nobody has published, and of what is taken over what its feed must know."""
        for newcomer in fresh:
            if newcomer.price_only:
                continue
            has_history = newcomer.instrument.kind in self._config.candles.history_for
            if has_history and not self._share.has_history(newcomer):
                yield Run(ReadHistory(newcomer))
            elif self._feeds[newcomer.instrument.id].taken_over_at is not None:
                yield Run(ReadLastMinutes(newcomer))

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
            else Publish(self._candles.closed(feed.followed, one.interval, one.candle, now))
            for one in closed
        ]

    def _silent(self, now: datetime) -> Iterable[Followed]:
        """Return what is silent here, but what another shows while it is taken over here."""
        for instrument in self._freshness.silent_for(self._config.staleness.alert_after_s, now):
            followed = self._followed[instrument]
            if not self._share.is_shown_by_another(followed):
                yield followed

    def _report(self, now: datetime) -> Iterable[Output]:
        if self._report_at is None or now >= self._report_at:
            self._report_at = now + timedelta(seconds=self._config.reliability.report_every_s)
            yield Run(ReportFeedHealth(self._freshness.reliability_pct(), dict(self._held_back)))
            self._held_back.clear()
