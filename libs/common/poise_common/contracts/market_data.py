"""What ingestion says of the markets: `md.*`."""

from enum import StrEnum
from typing import ClassVar, Literal, NamedTuple

from pydantic import AwareDatetime, Field

from poise_common.contracts.message import Message
from poise_common.domain.instruments import Instrument
from poise_common.domain.order_books import Level
from poise_common.domain.value import Value


class OrderBook(Message):
    """A sequence-checked, uncrossed L2 snapshot, best first; prices in quote per base, quantities in base units."""

    coalescing_fields: ClassVar = ("venue", "symbol")

    type: Literal["OrderBook"] = "OrderBook"
    venue: str
    symbol: str
    tier: int
    sequence: int
    venue_time: AwareDatetime
    received_at: AwareDatetime
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]


class FundingRate(Message):
    """The running funding interval of a perpetual: positive = longs pay shorts, as a fraction per interval."""

    coalescing_fields: ClassVar = ("venue", "symbol")

    type: Literal["FundingRate"] = "FundingRate"
    venue: str
    symbol: str
    funding_rate_per_interval: float
    predicted_next_rate_per_interval: float | None = None
    next_funding_at: AwareDatetime
    interval_s: int
    """As the venue has it for this symbol now; never assumed."""
    settled_rates_per_interval: tuple[float, ...]
    """The last settled rates, newest last."""
    last_settled_at: AwareDatetime | None = None
    """When the newest of them was settled; None where that is not known."""
    mark_price: float
    index_price: float
    received_at: AwareDatetime


class TradeFlow(Message):
    """One second of an instrument's trades, in base units by the taker's side."""

    coalescing_fields: ClassVar = ("venue", "symbol", "second")

    type: Literal["TradeFlow"] = "TradeFlow"
    venue: str
    symbol: str
    second: AwareDatetime
    buy_volume: float
    sell_volume: float
    trades: int


class CandleInterval(StrEnum):
    MINUTE = "1m"
    FIVE_MINUTES = "5m"
    HOUR = "1h"

    @property
    def seconds(self) -> int:
        return {"1m": 60, "5m": 300, "1h": 3600}[self.value]


class CandleClosed(Message):
    """A closed candle; repeated after a backfill, so readers key it by instrument, interval and opening time."""

    coalescing_fields: ClassVar = ("venue", "symbol", "interval", "opened_at")

    type: Literal["CandleClosed"] = "CandleClosed"
    venue: str
    symbol: str
    asset: str
    interval: CandleInterval
    opened_at: AwareDatetime
    open: float
    high: float
    low: float
    close: float
    volume: float


class Candle(NamedTuple):
    """A candle in a history: opening time in Unix ms, prices in quote, volume in base units."""

    opened_at_ms: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class CandleHistory(Message):
    """Closed candles read over REST, oldest first: at start and after a gap."""

    coalescing_fields: ClassVar = ("venue", "symbol", "interval")

    type: Literal["CandleHistory"] = "CandleHistory"
    venue: str
    symbol: str
    asset: str
    interval: CandleInterval
    candles: tuple[Candle, ...]


class UniverseAsset(Value):
    """An asset that qualifies, with what it is traded with."""

    asset: str
    tier: int
    sector: str
    venue: str
    spot: Instrument
    hedge: Instrument
    volume_24h_usd: float
    hedge_volume_24h_usd: float
    depth_usd: float | None
    spread_pct: float | None
    btc_correlation: float | None
    futures: tuple[Instrument, ...] = ()
    """Dated futures of the asset, nearest expiry first."""

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """Return all that the asset is traded with at the venue."""
        return self.spot, self.hedge, *self.futures


class MarketOverview(Message):
    """The crypto market as a whole; newest wins."""

    type: Literal["MarketOverview"] = "MarketOverview"
    btc_dominance_pct: float
    """BTC's share of all market capitalisation."""
    total_market_cap_usd: float
    market_cap_change_24h_pct: float
    updated_at: AwareDatetime
    """By its source, which looks every few minutes."""


class ExcludedAsset(Value):
    """An asset that was left out, with every reason."""

    asset: str
    venue: str
    tier: int
    reasons: tuple[str, ...]


class Universe(Message):
    """All that may be traded now, and why the rest may not. Peg pairs are watched for their price alone."""

    coalescing_fields: ClassVar = ("type",)

    type: Literal["Universe"] = "Universe"
    as_of: AwareDatetime
    assets: tuple[UniverseAsset, ...]
    excluded: tuple[ExcludedAsset, ...] = ()
    peg_pairs: tuple[Instrument, ...] = ()
    stablecoin_peg_symbols: dict[str, str] = Field(default_factory=dict)
    """Stablecoin → the symbol whose price is that coin in another dollar, inverted where the coin is the quote."""
