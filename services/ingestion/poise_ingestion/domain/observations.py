"""What sources and effects tell the core; none of these goes on the bus."""

from typing import Literal

from pydantic import AwareDatetime, Field

from poise_common.contracts.market_data import Candle
from poise_common.contracts.message import Message
from poise_common.domain.instruments import Instrument, InstrumentId, Side
from poise_common.domain.value import Value


class TradesSeen(Message):
    """Trades of one instrument: (time in Unix ms, taker's side, base units)."""

    type: Literal["TradesSeen"] = "TradesSeen"
    venue: str
    symbol: str
    trades: tuple[tuple[int, Side, float], ...]


class CandlesSeen(Message):
    """1m candles of one instrument as a feed shows them, the running one among them."""

    type: Literal["CandlesSeen"] = "CandlesSeen"
    venue: str
    symbol: str
    candles: tuple[Candle, ...]


class MinutesRead(Message):
    """Closed 1m candles that were missing, read over REST; empty where the venue has none."""

    type: Literal["MinutesRead"] = "MinutesRead"
    venue: str
    symbol: str
    candles: tuple[Candle, ...]


class LastMinutesRead(Message):
    """Closed 1m candles from before a feed was taken over, oldest first."""

    type: Literal["LastMinutesRead"] = "LastMinutesRead"
    venue: str
    symbol: str
    candles: tuple[Candle, ...]


class FundingSeen(Message):
    """Mark, index and running funding rate of a perpetual."""

    type: Literal["FundingSeen"] = "FundingSeen"
    venue: str
    symbol: str
    funding_rate_per_interval: float
    predicted_next_rate_per_interval: float | None
    next_funding_at: AwareDatetime
    mark_price: float
    index_price: float
    received_at: AwareDatetime


class FundingTermsRead(Message):
    """A perpetual's interval and its last settlements, oldest first."""

    type: Literal["FundingTermsRead"] = "FundingTermsRead"
    venue: str
    symbol: str
    interval_s: int
    settled_at: tuple[AwareDatetime, ...]
    settled_rates_per_interval: tuple[float, ...]


class FeedInterrupted(Message):
    """A book's updates broke off: a gap, or a lost connection; the venue may count anew."""

    type: Literal["FeedInterrupted"] = "FeedInterrupted"
    venue: str
    symbol: str


class ReplicasSeen(Message):
    """Which processes share a tier, this one among them, and which of them last showed a book of each instrument."""

    type: Literal["ReplicasSeen"] = "ReplicasSeen"
    tier: int
    replicas: tuple[str, ...] = Field(min_length=1)
    shown_by: dict[InstrumentId, str]
    histories: frozenset[InstrumentId] = frozenset()
    """Published lately by one of them, or one before them."""
    silent: dict[str, tuple[InstrumentId, ...]] = Field(default_factory=dict)
    """By process: what it should show and had no book of for too long."""


class DutyChanged(Message):
    """This process has taken, or lost, the one scanner's duty."""

    type: Literal["DutyChanged"] = "DutyChanged"
    held: bool


class ScannedAsset(Value):
    """What a scan measured of one asset at one venue; None: not measured, or not known."""

    asset: str
    venue: str
    spot: Instrument | None
    hedge: Instrument | None
    volume_24h_usd: float
    hedge_volume_24h_usd: float
    depth_usd: float | None
    """On the thinner side of the thinner of both books."""
    spread_pct: float | None
    """Of the wider of both books."""
    btc_correlation: float | None
    funding_8h_pct: float | None
    """Running rate scaled to eight hours."""
    feed_reliability_pct: float | None
    futures: tuple[Instrument, ...] = ()
    """Dated futures, nearest expiry first."""


class MarketsScanned(Message):
    """One scan of all venues. Assets too small to be worth measuring have their volumes alone."""

    type: Literal["MarketsScanned"] = "MarketsScanned"
    assets: tuple[ScannedAsset, ...]
    peg_pairs: tuple[Instrument, ...]
    unreached_venues: tuple[str, ...]
    """What was known of their assets stays as it was."""


class OverviewRead(Message):
    """The market as a whole, as a source has it."""

    type: Literal["OverviewRead"] = "OverviewRead"
    btc_dominance_pct: float
    total_market_cap_usd: float
    market_cap_change_24h_pct: float
    updated_at: AwareDatetime


class ScanFailed(Message):
    """No venue could be scanned."""

    type: Literal["ScanFailed"] = "ScanFailed"
    reason: str
