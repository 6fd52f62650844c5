"""A market of two perpetuals with one level a side, at a test's prices."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from tests.unit.signals.senders import perpetual_of, spot_of

from poise_common.contracts.market_data import (
    Candle,
    CandleHistory,
    CandleInterval,
    FundingRate,
    OrderBook,
    Universe,
    UniverseAsset,
)
from poise_common.contracts.round_trip_fees import RoundTripFees
from poise_common.domain.clock import to_ms
from poise_common.domain.instruments import Instrument
from poise_signals.domain.config import StrategiesConfig, strategies_config
from poise_signals.domain.market.view import MarketView
from poise_signals.domain.strategy.candidates import Candidate

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
_ID = UUID(int=1)
_FILE = Path(__file__).parents[4] / "config" / "strategies.yaml"
FEES = RoundTripFees(0.0005, 0.0005, 0.0002, 0.0002)


def config(**changes: dict[str, Any]) -> StrategiesConfig:
    """Return the shipped configuration with some values of its sections changed."""
    values: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    for section, keys in changes.items():
        values[section] |= keys
    return strategies_config().model_validate(values)


_SHIPPED = config()


def perpetual(asset: str) -> Instrument:
    return perpetual_of(asset, quantity_step=Decimal("0.0001"), min_quantity=Decimal("0.0001"))


def candidate(long: str, short: str, strategy: str = "pairs") -> Candidate:
    return Candidate(strategy, f"{long}~{short}", long, 1, perpetual(long), perpetual(short), FEES)


def listed(asset: str, sector: str = "l1", volume_usd: float = 1e9) -> UniverseAsset:
    return UniverseAsset(
        asset=asset,
        tier=1,
        sector=sector,
        venue="paper",
        spot=spot_of(asset),
        hedge=perpetual(asset),
        volume_24h_usd=volume_usd,
        hedge_volume_24h_usd=volume_usd,
        depth_usd=None,
        spread_pct=None,
        btc_correlation=None,
    )


def universe(*assets: UniverseAsset) -> Universe:
    return Universe.first(_ID, "ingestion", NOW, as_of=NOW, assets=assets)


def book(asset: str, bid: float, ask: float, *, quantity: float = 1e6, now: datetime = NOW) -> OrderBook:
    return OrderBook.first(
        _ID,
        "ingestion",
        now,
        venue="paper",
        symbol=f"{asset}/USDT:USDT",
        tier=1,
        sequence=1,
        venue_time=now,
        received_at=now,
        bids=((bid, quantity),),
        asks=((ask, quantity),),
    )


def funding(asset: str, rate: float, *, now: datetime = NOW) -> FundingRate:
    """Return 1,000 settlements of one rate, so that what is expected is nearly that; the next is in four hours."""
    return FundingRate.first(
        _ID,
        "ingestion",
        now,
        venue="paper",
        symbol=f"{asset}/USDT:USDT",
        funding_rate_per_interval=rate,
        next_funding_at=now + timedelta(hours=4),
        interval_s=28_800,
        settled_rates_per_interval=(rate,) * 1_000,
        mark_price=1.0,
        index_price=1.0,
        received_at=now,
    )


def hours(asset: str, closes: Sequence[float], *, until: datetime = NOW) -> CandleHistory:
    """Return closed hours, the last of which ended at a time."""
    first = until - timedelta(hours=len(closes))
    return CandleHistory.first(
        _ID,
        "ingestion",
        until,
        venue="paper",
        symbol=f"{asset}/USDT:USDT",
        asset=asset,
        interval=CandleInterval.HOUR,
        candles=tuple(
            Candle(to_ms(first + timedelta(hours=place)), *(float(close),) * 4, 1.0)
            for place, close in enumerate(closes)
        ),
    )


def market(
    books: Sequence[OrderBook] = (), rates: Sequence[FundingRate] = (), histories: Sequence[CandleHistory] = ()
) -> MarketView:
    """Return what was told."""
    view = MarketView(_SHIPPED)
    show(view, *books)
    for rate in rates:
        view.take_funding(perpetual(rate.symbol.split("/", maxsplit=1)[0]).id, rate)
    for history in histories:
        view.take_candles(history)
    return view


def show(view: MarketView, *books: OrderBook) -> None:
    """Tell a market new books."""
    for each in books:
        view.take_book(perpetual(each.symbol.split("/", maxsplit=1)[0]).id, each)
