"""What a strategy is tried on: instruments with prices, books, funding and expiries, bar by bar."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from poise_common.contracts.market_data import (
    Candle,
    CandleClosed,
    CandleHistory,
    CandleInterval,
    FundingRate,
    OrderBook,
    Universe,
    UniverseAsset,
)
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import Instrument, InstrumentId, InstrumentKind
from poise_common.domain.order_books import Level

Floats = NDArray[np.float64]
START = datetime(2026, 1, 5, tzinfo=UTC)
_ID = UUID(int=1)
_LEVEL_STEP = 0.0002
_SETTLED_KEPT = 90


@dataclass(frozen=True)
class Fees:
    """Of an account, as fractions."""

    taker: float = 0.0005
    maker: float = 0.0002


def instrument(
    base: str,
    kind: InstrumentKind,
    *,
    venue: str = "paper",
    fees: Fees = Fees(),  # frozen
    expires_at: datetime | None = None,
    funding_interval_s: int = 28_800,
) -> Instrument:
    """Make an instrument of fine steps, so that its rules decide nothing."""
    symbol = f"{base}/USDT" if kind is InstrumentKind.SPOT else f"{base}/USDT:USDT"
    return Instrument(
        venue=venue,
        symbol=symbol if expires_at is None else f"{symbol}-{expires_at:%y%m%d}",
        kind=kind,
        base=base,
        quote="USDT",
        settle="USDT",
        price_tick=Decimal("0.000001"),
        quantity_step=Decimal("0.000001"),
        min_quantity=Decimal("0.000001"),
        min_notional=Decimal(5),
        taker_fee=Decimal(str(fees.taker)),
        maker_fee=Decimal(str(fees.maker)),
        funding_interval_s=funding_interval_s if kind is InstrumentKind.LINEAR_PERPETUAL else None,
        expires_at=expires_at,
    )


@dataclass(frozen=True)
class Line:
    """One instrument's path: middles of its book at each bar, and what is traded and paid there.

    `funding_rates` has the rate that is settled at each bar which a settlement falls on; other bars' are not read.
    """

    instrument: Instrument
    mids: Floats
    half_spread_bps: float = 0.5
    level_usd: float = 250_000.0
    """On each level of a side, two basis points apart."""
    levels: int = 5
    volumes: Floats | None = None
    funding_rates: Floats | None = None

    def book(self, bar: int, now: datetime) -> OrderBook:
        """Return the book of a bar."""
        mid, half = float(self.mids[bar]), self.half_spread_bps / 10_000
        bids = tuple(self._level(mid * (1 - half - _LEVEL_STEP * level)) for level in range(self.levels))
        asks = tuple(self._level(mid * (1 + half + _LEVEL_STEP * level)) for level in range(self.levels))
        # Thousands of them are made by right figures: validating each would take most of a trial's time.
        return OrderBook.model_construct(
            id=_ID,
            trace_id=_ID,
            hops=(),
            venue=self.instrument.venue,
            symbol=self.instrument.symbol,
            tier=1,
            sequence=bar + 1,
            venue_time=now,
            received_at=now,
            bids=bids,
            asks=asks,
        )

    def _level(self, price: float) -> Level:
        return Level(price, self.level_usd / price)


@dataclass(frozen=True)
class Listed:
    """An asset at a venue, with the lines that it is traded with."""

    asset: str
    spot: Line
    hedge: Line
    futures: tuple[Line, ...] = ()
    sector: str = "l1"
    tier: int = 1

    @property
    def lines(self) -> tuple[Line, ...]:
        return self.spot, self.hedge, *self.futures


@dataclass(frozen=True)
class Scene:
    """All that is listed, over the same bars."""

    listed: tuple[Listed, ...]
    bar: timedelta = timedelta(hours=1)
    start: datetime = START

    def __post_init__(self) -> None:
        lengths = {len(line.mids) for line in self.lines()}
        if len(lengths) != 1:
            raise ValueError(f"lines of {sorted(lengths)} bars: one length passes")

    @property
    def bars(self) -> int:
        return len(self.listed[0].spot.mids)

    def lines(self) -> Iterator[Line]:
        """Return the lines of all that is listed."""
        return (line for listed in self.listed for line in listed.lines)

    def at(self, bar: int) -> datetime:
        """Return when a bar is over, at whose close its books stand."""
        return self.start + (bar + 1) * self.bar

    def universe(self, now: datetime) -> Universe:
        """Return all that has not expired, as ingestion would tell it."""
        return Universe.first(
            _ID, "ingestion", now, as_of=now, assets=tuple(_asset(listed, now) for listed in self.listed)
        )

    def line_of(self, wanted: InstrumentId) -> Line:
        """Return the line of an instrument."""
        return next(line for line in self.lines() if line.instrument.id == wanted)


def _asset(listed: Listed, now: datetime) -> UniverseAsset:
    alive = (line.instrument for line in listed.futures)
    return UniverseAsset(
        asset=listed.asset,
        tier=listed.tier,
        sector=listed.sector,
        venue=listed.hedge.instrument.venue,
        spot=listed.spot.instrument,
        hedge=listed.hedge.instrument,
        volume_24h_usd=1e9,
        hedge_volume_24h_usd=1e9,
        depth_usd=None,
        spread_pct=None,
        btc_correlation=None,
        futures=tuple(each for each in alive if each.expires_at is None or each.expires_at > now),
    )


def settlement(line: Line, scene: Scene, bar: int) -> float | None:
    """Return the funding rate that is settled at the end of a bar, None where none is."""
    interval_s = line.instrument.funding_interval_s
    if line.funding_rates is None or interval_s is None:
        return None
    return float(line.funding_rates[bar]) if scene.at(bar).timestamp() % interval_s == 0 else None


def funding(line: Line, settled: Sequence[float], bar: int, now: datetime) -> FundingRate:
    """Return what ingestion would tell of a perpetual's funding after these settlements, newest last."""
    interval_s = line.instrument.funding_interval_s or 28_800
    mid = float(line.mids[bar])
    return FundingRate.first(
        _ID,
        "ingestion",
        now,
        venue=line.instrument.venue,
        symbol=line.instrument.symbol,
        funding_rate_per_interval=settled[-1] if settled else 0.0,
        next_funding_at=now + timedelta(seconds=interval_s - now.timestamp() % interval_s),
        interval_s=interval_s,
        settled_rates_per_interval=tuple(settled[-_SETTLED_KEPT:]),
        mark_price=mid,
        index_price=mid,
        received_at=now,
    )


def closed_hour(line: Line, scene: Scene, bar: int, now: datetime) -> CandleClosed:
    """Return the hour that ended with a bar; only of scenes whose bars are hours."""
    close = float(line.mids[bar])
    return CandleClosed.model_construct(
        id=_ID,
        trace_id=_ID,
        hops=(),
        venue=line.instrument.venue,
        symbol=line.instrument.symbol,
        asset=line.instrument.base,
        interval=CandleInterval.HOUR,
        opened_at=now - scene.bar,
        open=close,
        high=close,
        low=close,
        close=close,
        volume=1.0 if line.volumes is None else float(line.volumes[bar]),
    )


def history(line: Line, scene: Scene, bars: int) -> CandleHistory:
    """Return the hours of the first bars, as they are backfilled at a start."""
    return CandleHistory.first(
        _ID,
        "ingestion",
        scene.at(bars - 1),
        venue=line.instrument.venue,
        symbol=line.instrument.symbol,
        asset=line.instrument.base,
        interval=CandleInterval.HOUR,
        candles=tuple(
            Candle(
                to_ms(scene.at(bar) - scene.bar),
                *(float(line.mids[bar]),) * 4,
                1.0 if line.volumes is None else float(line.volumes[bar]),
            )
            for bar in range(bars)
        ),
    )
