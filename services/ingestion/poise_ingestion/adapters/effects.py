"""Doing what the core asks of the outside world."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from poise_common.contracts.market_data import CandleHistory, CandleInterval
from poise_common.contracts.message import Message
from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import InstrumentId
from poise_common.platform.service import Push
from poise_ingestion.adapters.feed_source import FeedSource
from poise_ingestion.adapters.metrics import BOOKS_HELD_BACK, SCAN_SECONDS
from poise_ingestion.adapters.reliability_board import ReliabilityBoard
from poise_ingestion.adapters.venue_outage import VenueOutage
from poise_ingestion.adapters.venue_scanner import VenueScan, VenueScanner
from poise_ingestion.domain.effects import (
    Followed,
    FollowFeeds,
    ReadFundingTerms,
    ReadHistory,
    ReadMissingMinutes,
    ReportFeedHealth,
    ScanMarkets,
)
from poise_ingestion.domain.observations import FundingTermsRead, MarketsScanned, MinutesRead, ScanFailed
from poise_ingestion.domain.parameters import IngestionConfig
from poise_venues.errors import SessionClosed, VenueError, VenueUnreachable
from poise_venues.market_data import MarketData

_STAGE = "ingestion"
_HISTORIES_AT_ONCE = 1
"""Reading a history keeps the loop busy for milliseconds: books come first."""
_log = structlog.get_logger()


class IngestionEffects:
    """Run effects against the venues; what a venue fails in is asked for again by the core, or here for histories."""

    def __init__(
        self,
        config: IngestionConfig,
        markets: Mapping[str, MarketData],
        scanners: Mapping[str, VenueScanner],
        feeds: FeedSource,
        board: ReliabilityBoard,
        *,
        outages: Mapping[str, VenueOutage],
        now: Clock,
        new_id: NewId,
    ) -> None:
        self._config = config
        self._markets = markets
        self._scanners = scanners
        self._feeds = feeds
        self._board = board
        self._now = now
        self._new_id = new_id
        self._history_slots = asyncio.Semaphore(_HISTORIES_AT_ONCE)
        self._outages = outages
        self._connecting = {name: asyncio.Lock() for name in markets}

    async def run(self, effect: object, push: Push) -> None:
        """Run one effect and push what came of it."""
        match effect:
            case FollowFeeds():
                self._feeds.follow(effect.instruments)
            case ScanMarkets():
                await push(await self._scan())
            case ReadHistory():
                await self._read_history(effect.followed, push)
            case ReadMissingMinutes():
                await self._read_missing_minutes(effect, push)
            case ReadFundingTerms():
                await self._read_funding_terms(effect.instrument, push)
            case ReportFeedHealth():
                for fault, books in effect.books_held_back.items():
                    BOOKS_HELD_BACK.labels(fault).inc(books)
                await self._board.write(effect.shares_pct)
            case _:
                raise TypeError(f"no such effect: {effect!r}")

    async def _scan(self) -> Message:
        began = asyncio.get_running_loop().time()
        reliability = await self._board.read()
        scans: dict[str, VenueScan] = {}
        reasons: dict[str, str] = {}
        for name, scanner in self._scanners.items():
            try:
                scans[name] = await scanner.scan(reliability)
            except VenueError as error:
                self._outages[name].goes_on("markets", error)
                reasons[name] = str(error)
            else:
                self._outages[name].is_over("markets")
        now = self._now()
        SCAN_SECONDS.observe(asyncio.get_running_loop().time() - began)
        if not scans:
            return ScanFailed.first(self._new_id(now), _STAGE, now, reason="; ".join(reasons.values()))
        return MarketsScanned.first(
            self._new_id(now),
            _STAGE,
            now,
            assets=tuple(asset for scan in scans.values() for asset in scan.assets),
            peg_pairs=tuple(pair for scan in scans.values() for pair in scan.peg_pairs),
            unreached_venues=tuple(reasons),
        )

    async def _read_history(self, followed: Followed, push: Push) -> None:
        """Read an instrument's histories, again and again until the venue gives them."""
        outage = self._outages[followed.instrument.venue]
        spans = {
            CandleInterval.MINUTE: timedelta(hours=self._config.candles.minute_history_h),
            CandleInterval.HOUR: timedelta(days=self._config.candles.hour_history_d),
        }
        for interval, span in spans.items():
            while True:
                try:
                    async with self._history_slots:
                        market_data = await self._connected(followed.instrument.venue)
                        candles = await market_data.closed_candles(
                            followed.instrument.symbol, interval, self._now() - span
                        )
                    break
                except VenueUnreachable as error:
                    await asyncio.sleep(outage.goes_on("candles", error))
                except SessionClosed:
                    return
                except VenueError as error:
                    _log.warning("no_history", instrument=str(followed.instrument.id), reason=str(error))
                    return
            outage.is_over("candles")
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

    async def _connected(self, venue: str) -> MarketData:
        market_data = self._markets[venue]
        async with self._connecting[venue]:
            await market_data.session.connect()
        return market_data
