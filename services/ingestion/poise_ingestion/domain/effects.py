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


@dataclass(frozen=True, slots=True)
class ReadLastMinutes:
    """Read what came before the feed of an instrument was taken over; answered by `LastMinutesRead`."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SayShown:
    """Tell the other replicas of a tier which of its books this one shows, and whose histories it has published."""

    tier: int
    begun: tuple[InstrumentId, ...]
    """Shown by another, or by none, before."""
    ended: tuple[InstrumentId, ...]
    """No longer followed by anybody."""
    histories: tuple[InstrumentId, ...] = ()
    """Published here, and not known to the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaySilent:
    """Tell the other replicas of a tier which of its books this one should show and has not had for too long."""

    tier: int
    silent: tuple[InstrumentId, ...]


@dataclass(frozen=True, slots=True)
class ReadOverview:
    """Read how the market stands as a whole; answered by `OverviewRead`, or by nothing."""


Effect = (
    FollowFeeds
    | ReadHistory
    | ReadLastMinutes
    | ReadMissingMinutes
    | ReadFundingTerms
    | ScanMarkets
    | ReportFeedHealth
    | SayShown
    | SaySilent
    | ReadOverview
)
