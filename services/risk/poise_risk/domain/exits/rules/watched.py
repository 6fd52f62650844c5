"""What the exit rules look at, and what they answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.market_data import FundingRate, OrderBook
from poise_common.contracts.packages import CloseReason
from poise_common.contracts.state import HeldLeg, HeldPackage
from poise_common.domain.instruments import Instrument, InstrumentId
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.records import LosingDay

WHOLE_PCT = Decimal(100)


@dataclass(frozen=True, slots=True)
class ExitDue:
    """A package that is to go, whole or in part."""

    package_id: UUID
    strategy: str
    asset: str
    reason: CloseReason
    share_pct: Decimal = WHOLE_PCT
    why: str = ""
    """The figures behind the reason."""

    @classmethod
    def of(cls, package: HeldPackage, reason: CloseReason, why: str, share_pct: Decimal = WHOLE_PCT) -> "ExitDue":
        return cls(package.package_id, package.strategy, package.asset, reason, share_pct, why)


@dataclass(frozen=True, slots=True)
class WatchedLeg:
    """What is known of an instrument that a package holds; what is stale counts as not known."""

    instrument: Instrument | None
    book: OrderBook | None
    funding: FundingRate | None
    unlisted_since: datetime | None
    """Since when the universe has it no more; None while it has it."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What the exits look at."""

    packages: tuple[HeldPackage, ...]
    legs: Mapping[InstrumentId, WatchedLeg]
    """Of everything that the packages hold."""
    accounts: Mapping[str, MarginAccount]
    peg_deviations_pct: Mapping[str, Decimal]
    losing_days: Mapping[str, LosingDay]
    """Today's, by asset."""
    shrinking_venues: frozenset[str]
    """Venues whose packages may be shrunk now."""
    now: datetime

    def leg(self, held: HeldLeg) -> WatchedLeg:
        return self.legs[instrument_of(held)]


def instrument_of(held: HeldLeg) -> InstrumentId:
    """Return what a leg holds."""
    return InstrumentId(held.venue, held.symbol)


def legs_of(package: HeldPackage) -> tuple[HeldLeg, HeldLeg]:
    """Return both legs, the long one first."""
    return package.long_leg, package.short_leg
