"""Doing what the core asks of the outside world."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

import structlog

from poise_common.contracts.market_data import Candle, CandleHistory, CandleInterval
from poise_common.contracts.message import Message
from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import InstrumentId
from poise_common.platform.service import Push
from poise_ingestion.adapters.feed_source import FeedSource
from poise_ingestion.adapters.market_overview import OverviewSource, OverviewUnreadable
from poise_ingestion.adapters.metrics import BOOKS_HELD_BACK, SCAN_SECONDS, SHARE
from poise_ingestion.adapters.reliability_board import ReliabilityBoard
from poise_ingestion.adapters.replica_roll import ReplicaRoll
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.adapters.venue_scans import VenueScans
from poise_ingestion.domain.effects import (
    Followed,
    FollowFeeds,
    ReadFundingTerms,
    ReadHistory,
    ReadLastMinutes,
    ReadMissingMinutes,
    ReadOverview,
    ReportFeedHealth,
    SayShown,
    SaySilent,
    ScanMarkets,
)
from poise_ingestion.domain.observations import (
    FundingTermsRead,
    LastMinutesRead,
    MarketsScanned,
    MinutesRead,
    OverviewRead,
    ScanFailed,
)
from poise_ingestion.domain.parameters import IngestionConfig
from poise_venues.errors import SessionClosed, VenueError, VenueUnreachable
from poise_venues.market_data import MarketData

_STAGE = "ingestion"
_HISTORIES_AT_ONCE = 1
"""Of a venue: reading a history keeps the loop busy for milliseconds, and books come first."""
_log = structlog.get_logger()


class IngestionEffects:
    """Run effects against the venues; what a venue fails in is asked for again by the core, or here for histories."""

    def __init__(
        self,
        config: IngestionConfig,
        markets: Mapping[str, MarketData],
        scans: VenueScans,
        feeds: FeedSource,
        board: ReliabilityBoard,
        *,
        roll: ReplicaRoll,
        overview: OverviewSource | None,
        outages: Mapping[str, VenueOutage],
        now: Clock,
        new_id: NewId,
    ) -> None:
        self._config = config
        self._markets = markets
        self._scans = scans
        self._feeds = feeds
        self._board = board
        self._roll = roll
        self._overview = overview
        self._now = now
        self._new_id = new_id
        self._history_slots = {name: asyncio.Semaphore(_HISTORIES_AT_ONCE) for name in markets}
        self._outages = outages
        self._connecting = {name: asyncio.Lock() for name in markets}

    async def run(self, effect: object, push: Push) -> None:
        """Run one effect and push what came of it."""
        match effect:
            case FollowFeeds():
                self._feeds.follow(effect.instruments)
                shares = Counter(followed.tier for followed in effect.instruments)
                for tier in self._roll.tiers:
                    SHARE.labels(tier).set(shares[tier])
            case SayShown() | SaySilent():
                await self._roll.say(effect)
            case ScanMarkets():
                await push(await self._scan())
            case ReadHistory():
                await self._read_history(effect.followed, push)
            case ReadLastMinutes():
                await self._read_last_minutes(effect.followed.instrument.id, push)
            case ReadMissingMinutes():
                await self._read_missing_minutes(effect, push)
            case ReadFundingTerms():
                await self._read_funding_terms(effect.instrument, push)
            case ReadOverview():
                await self._read_overview(push)
            case ReportFeedHealth():
                for fault, books in effect.books_held_back.items():
                    BOOKS_HELD_BACK.labels(fault).inc(books)
                await self._board.write(effect.shares_pct)
            case _:
                raise TypeError(f"no such effect: {effect!r}")

    async def _scan(self) -> Message:
        began = asyncio.get_running_loop().time()
        reliability = await self._board.read()
        done = await self._scans.run(reliability)
        now = self._now()
        SCAN_SECONDS.observe(asyncio.get_running_loop().time() - began)
        if not done.scans:
            return ScanFailed.first(self._new_id(now), _STAGE, now, reason="; ".join(done.unreached.values()))
        return MarketsScanned.first(
            self._new_id(now),
            _STAGE,
            now,
            assets=tuple(asset for scan in done.scans.values() for asset in scan.assets),
            peg_pairs=tuple(pair for scan in done.scans.values() for pair in scan.peg_pairs),
            unreached_venues=tuple(done.unreached),
        )

    async def _read_history(self, followed: Followed, push: Push) -> None:
        """Read an instrument's histories."""
        spans = {
            CandleInterval.MINUTE: timedelta(hours=self._config.candles.minute_history_h),
            CandleInterval.HOUR: timedelta(days=self._config.candles.hour_history_d),
        }
        for interval, span in spans.items():
            candles = await self._until_given(followed.instrument.id, interval, span)
            if candles is None:
                return
            now = self._now()
            await push(
                CandleHistory.first(
                    self._new_id(now),
                    _STAGE,
                    now,
                    venue=followed.instrument.venue,
                    symbol=followed.instrument.symbol,
                    asset=followed.asset,
                    interval=interval,
                    candles=candles,
                )
            )

    async def _read_last_minutes(self, instrument: InstrumentId, push: Push) -> None:
        span = timedelta(minutes=self._config.candles.taken_over_minutes)
        candles = await self._until_given(instrument, CandleInterval.MINUTE, span)
        if candles is None:
            return
        now = self._now()
        venue, symbol = instrument
        await push(LastMinutesRead.first(self._new_id(now), _STAGE, now, venue=venue, symbol=symbol, candles=candles))

    async def _until_given(
        self, instrument: InstrumentId, interval: CandleInterval, span: timedelta
    ) -> tuple[Candle, ...] | None:
        """Read closed candles, again and again until the venue gives them; None where nobody waits for them."""
        outage = self._outages[instrument.venue]
        while True:
            try:
                async with self._history_slots[instrument.venue]:
                    if not self._feeds.follows(instrument):
                        return None
                    market_data = await self._connected(instrument.venue)
                    candles = await market_data.closed_candles(instrument.symbol, interval, self._now() - span)
            except VenueUnreachable as error:
                await asyncio.sleep(outage.goes_on("candles", error))
            except SessionClosed:
                return None
            except VenueError as error:
                _log.warning("no_history", instrument=str(instrument), reason=str(error))
                return None
            else:
                outage.is_over("candles")
                return candles

    async def _read_missing_minutes(self, effect: ReadMissingMinutes, push: Push) -> None:
        try:
            market_data = await self._connected(effect.instrument.venue)
            candles = await market_data.closed_candles(effect.instrument.symbol, CandleInterval.MINUTE, effect.since)
        except VenueError as error:
            _log.warning("minutes_stay_missing", instrument=str(effect.instrument), reason=str(error))
            candles = ()
        now = self._now()
        venue, symbol = effect.instrument
        await push(MinutesRead.first(self._new_id(now), _STAGE, now, venue=venue, symbol=symbol, candles=candles))

    async def _read_funding_terms(self, instrument: InstrumentId, push: Push) -> None:
        """Read interval and settlements; the core asks again when nothing comes."""
        try:
            market_data = await self._connected(instrument.venue)
            interval_s = await market_data.funding_interval_s(instrument.symbol)
            settled = await market_data.settled_fundings(instrument.symbol, self._config.funding.settled_rates)
        except VenueError as error:
            _log.debug("no_funding_terms", instrument=str(instrument), reason=str(error))
            return
        now = self._now()
        await push(
            FundingTermsRead.first(
                self._new_id(now),
                _STAGE,
                now,
                venue=instrument.venue,
                symbol=instrument.symbol,
                interval_s=interval_s,
                settled_at=tuple(settlement.time for settlement in settled),
                settled_rates_per_interval=tuple(settlement.rate_per_interval for settlement in settled),
            )
        )

    async def _read_overview(self, push: Push) -> None:
        """Read the market as a whole; the core asks again at its time when nothing comes."""
        if self._overview is None:
            return
        try:
            seen = await self._overview.read()
        except OverviewUnreadable as error:
            _log.warning("no_market_overview", reason=str(error))
            return
        now = self._now()
        await push(OverviewRead.first(self._new_id(now), _STAGE, now, **asdict(seen)))

    async def _connected(self, venue: str) -> MarketData:
        market_data = self._markets[venue]
        async with self._connecting[venue]:
            await market_data.session.connect()
        return market_data
