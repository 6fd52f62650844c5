"""What ingestion asks of the outside world."""

from dataclasses import dataclass
from datetime import datetime

from poise_common.domain.instruments import Instrument, InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An instrument whose feeds this process follows."""

    instrument: Instrument
    asset: str
    tier: int
    price_only: bool = False
    """A peg pair: its book alone."""


@dataclass(frozen=True, slots=True)
class FollowFeeds:
    """Follow the feeds of exactly these instruments; answered by what the feeds show."""

    instruments: tuple[Followed, ...]


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Read an instrument's closed candles; answered by `CandleHistory` messages."""

    followed: Followed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMissingMinutes:
    """Read closed 1m candles from a time on; answered by `MinutesRead`."""

    instrument: InstrumentId
    since: datetime


@dataclass(frozen=True, slots=True)
class ReadFundingTerms:
    """Read a perpetual's interval and settlements; answered by `FundingTermsRead`."""

    instrument: InstrumentId


@dataclass(frozen=True, slots=True)
class ScanMarkets:
    """Measure every asset with a spot market and a hedge; answered by `MarketsScanned` or `ScanFailed`."""


@dataclass(frozen=True, slots=True)
class ReportFeedHealth:
    """Leave each book's share of fresh time where the scanning process finds it, and count what was held back."""

    shares_pct: dict[InstrumentId, float]
    books_held_back: dict[str, int]
    """Since the last report, by fault."""


Effect = FollowFeeds | ReadHistory | ReadMissingMinutes | ReadFundingTerms | ScanMarkets | ReportFeedHealth
