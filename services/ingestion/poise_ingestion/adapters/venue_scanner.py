"""Scanning one venue: volumes of all, books and correlation of those that are big enough to matter."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from poise_common.contracts.market_data import Candle, CandleInterval
from poise_common.domain.clock import Clock
from poise_common.domain.instruments import Instrument, InstrumentId, InstrumentKind
from poise_ingestion.domain.admission import Leniency
from poise_ingestion.domain.correlation import return_correlation
from poise_ingestion.domain.measurements import (
    BookMeasures,
    eight_hour_rate_pct,
    is_worth_measuring,
    measure_book,
    worse_of,
)
from poise_ingestion.domain.observations import ScannedAsset
from poise_ingestion.domain.parameters import UniverseConfig
from poise_venues.dialects import RunningFunding
from poise_venues.errors import VenueError
from poise_venues.exchange_mixins import asked_as
from poise_venues.market_data import MarketData
from poise_venues.observations import Listing
from poise_venues.rate_limits import Priority

_HEDGES = frozenset({InstrumentKind.LINEAR_PERPETUAL})
_DATED = frozenset({InstrumentKind.LINEAR_FUTURE})
Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class VenueScan:
    assets: tuple[ScannedAsset, ...]
    peg_pairs: tuple[Instrument, ...]


@dataclass(frozen=True, slots=True)
class _Markets:
    spots: Mapping[str, Listing]
    hedges: Mapping[str, Listing]
    futures: Mapping[str, tuple[Listing, ...]]
    pegs: tuple[Listing, ...]

    @property
    def assets(self) -> list[str]:
        stablecoins = {coin for peg in self.pegs for coin in (peg.base, peg.quote)}
        return sorted((self.spots.keys() | self.hedges.keys()) - stablecoins)

    def futures_of(self, assets: Iterable[str]) -> tuple[str, ...]:
        return tuple(one.symbol for asset in assets for one in self.futures.get(asset, ()))


@dataclass(frozen=True, slots=True)
class _Measures:
    instruments: Mapping[str, Instrument]
    volumes: Mapping[str, float]
    books: Mapping[str, BookMeasures | None]
    correlations: Mapping[str, float | None]
    fundings: Mapping[str, RunningFunding]
    reliability_pct: Mapping[InstrumentId, float]


class VenueScanner:
    """Scan a venue again and again; correlations are kept for a while between scans."""

    def __init__(self, market_data: MarketData, config: UniverseConfig, now: Clock) -> None:
        self._market_data = market_data
        self._config = config
        self._now = now
        self._correlations: dict[str, tuple[datetime, float | None]] = {}
        self._slots = asyncio.Semaphore(config.scan.concurrent_requests)

    @property
    def venue(self) -> str:
        return self._market_data.venue

    async def scan(self, reliability_pct: Mapping[InstrumentId, float]) -> VenueScan:
        """Return every asset and the peg pairs; VenueUnreachable where the venue does not answer."""
        with asked_as(Priority.BACKGROUND):
            return await self._scan(reliability_pct)

    async def _scan(self, reliability_pct: Mapping[InstrumentId, float]) -> VenueScan:
        await self._market_data.session.reload_markets()
        markets = self._markets()
        volumes = await self._market_data.volumes_24h_usd()
        symbols = [one.symbol for one in (*markets.spots.values(), *markets.hedges.values(), *markets.pegs)]
        instruments = await self._market_data.instruments((*symbols, *markets.futures_of(markets.futures)))
        candidates = self._candidates(markets, volumes)
        spot_symbols = [markets.spots[asset].symbol for asset in candidates]
        hedge_symbols = [markets.hedges[asset].symbol for asset in candidates]
        fundings, books, correlations = await asyncio.gather(
            self._market_data.running_fundings(),
            self._each((*spot_symbols, *hedge_symbols), self._measure_book),
            self._correlations_of(spot_symbols, markets.spots.get(self._config.benchmark)),
        )
        measures = _Measures(instruments, volumes, books, correlations, fundings, reliability_pct)
        return VenueScan(
            assets=tuple(self._scanned(asset, markets, measures) for asset in markets.assets),
            peg_pairs=tuple(instruments[peg.symbol] for peg in markets.pegs),
        )

    def _markets(self) -> _Markets:
        listings = [one for one in self._market_data.listings() if one.quote == self._config.quote]
        spots = [one for one in listings if one.kind is InstrumentKind.SPOT]
        futures: dict[str, tuple[Listing, ...]] = {}
        for one in listings:
            if one.kind in _DATED:
                futures[one.base] = (*futures.get(one.base, ()), one)
        return _Markets(
            spots={one.base: one for one in spots},
            hedges={one.base: one for one in listings if one.kind in _HEDGES},
            futures=futures,
            pegs=tuple(one for one in spots if one.symbol in self._config.peg_pairs),
        )

    def _candidates(self, markets: _Markets, volumes: Mapping[str, float]) -> list[str]:
        leniency = Leniency(self._config.membership.stay_margin_pct)
        worth = [
            asset
            for asset in markets.assets
            if asset in markets.spots
            and asset in markets.hedges
            and is_worth_measuring(
                volumes.get(markets.spots[asset].symbol, 0.0),
                volumes.get(markets.hedges[asset].symbol, 0.0),
                self._config.thresholds(self._config.tier_of(asset)),
                leniency,
            )
        ]
        worth.sort(key=lambda asset: (self._config.tier_of(asset), -volumes.get(markets.hedges[asset].symbol, 0.0)))
        return worth[: self._config.scan.candidates_max]

    def _scanned(self, asset: str, markets: _Markets, measures: _Measures) -> ScannedAsset:
        spot = measures.instruments[markets.spots[asset].symbol] if asset in markets.spots else None
        hedge = measures.instruments[markets.hedges[asset].symbol] if asset in markets.hedges else None
        spot_symbol = spot.symbol if spot else ""
        hedge_symbol = hedge.symbol if hedge else ""
        book = worse_of(measures.books.get(spot_symbol), measures.books.get(hedge_symbol))
        return ScannedAsset(
            asset=asset,
            venue=self.venue,
            spot=spot,
            hedge=hedge,
            volume_24h_usd=measures.volumes.get(spot_symbol, 0.0),
            hedge_volume_24h_usd=measures.volumes.get(hedge_symbol, 0.0),
            depth_usd=book.depth_usd if book else None,
            spread_pct=book.spread_pct if book else None,
            btc_correlation=measures.correlations.get(spot_symbol),
            funding_8h_pct=_funding_8h_pct(hedge, measures.fundings),
            feed_reliability_pct=min(
                (
                    measures.reliability_pct[one.id]
                    for one in (spot, hedge)
                    if one is not None and one.id in measures.reliability_pct
                ),
                default=None,
            ),
            futures=_by_expiry(measures.instruments[symbol] for symbol in markets.futures_of((asset,))),
        )

    async def _measure_book(self, symbol: str) -> BookMeasures | None:
        book = await self._market_data.book(symbol, self._config.scan.book_levels)
        return measure_book(book.bids, book.asks, within_pct=self._config.scan.depth_within_pct)

    async def _correlations_of(self, symbols: Iterable[str], benchmark: Listing | None) -> dict[str, float | None]:
        """Return each market's correlation to the benchmark, anew for those whose last one is too old."""
        now = self._now()
        oldest = now - timedelta(seconds=self._config.scan.correlation_refresh_s)
        due = [
            symbol for symbol in symbols if symbol not in self._correlations or self._correlations[symbol][0] < oldest
        ]
        if due and benchmark is not None:
            benchmark_hours = await self._hours_of(benchmark.symbol)

            async def correlate(symbol: str) -> float | None:
                return return_correlation(
                    await self._hours_of(symbol),
                    benchmark_hours,
                    step_ms=CandleInterval.HOUR.seconds * 1000,
                    points_min=self._config.scan.correlation_points_min,
                )

            found = await self._each(due, correlate)
            self._correlations |= {symbol: (now, correlation) for symbol, correlation in found.items()}
        return {symbol: correlation for symbol, (_, correlation) in self._correlations.items()}

    async def _hours_of(self, symbol: str) -> tuple[Candle, ...]:
        since = self._now() - timedelta(days=self._config.scan.correlation_days)
        return await self._market_data.closed_candles(symbol, CandleInterval.HOUR, since)

    async def _each(self, symbols: Iterable[str], measure: Callable[[str], Awaitable[Measured]]) -> dict[str, Measured]:
        """Measure symbols side by side; what one of them fails in stays unknown."""

        async def one(symbol: str) -> tuple[str, Measured] | None:
            async with self._slots:
                try:
                    return symbol, await measure(symbol)
                except VenueError:
                    return None

        found = await asyncio.gather(*(one(symbol) for symbol in symbols))
        return dict(pair for pair in found if pair is not None)


def _by_expiry(instruments: Iterable[Instrument]) -> tuple[Instrument, ...]:
    dated = [(one.expires_at, one.symbol, one) for one in instruments if one.expires_at is not None]
    return tuple(one for _, _, one in sorted(dated, key=lambda each: each[:2]))


def _funding_8h_pct(hedge: Instrument | None, fundings: Mapping[str, RunningFunding]) -> float | None:
    if hedge is None or hedge.funding_interval_s is None or hedge.symbol not in fundings:
        return None
    return eight_hour_rate_pct(fundings[hedge.symbol].rate_per_interval, hedge.funding_interval_s)
