"""What hindsight writes down, and what it starts from."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple, Self
from uuid import UUID

from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import InstrumentId
from poise_portfolio.domain.ledger.markets import is_inverse
from poise_portfolio.domain.ledger.positions import ZERO


class RefusalKey(NamedTuple):
    """What at most one refused package is followed of at a time: a pair of a strategy, under one limit."""

    strategy: str
    asset: str
    long_id: InstrumentId
    short_id: InstrumentId
    binding_limit: str


class End(StrEnum):
    """Why a refused package is followed no further."""

    EDGE_GONE = "edge_gone"
    """Signals would have closed it."""
    AGE = "age"
    LEFT_UNIVERSE = "left_universe"
    """A leg's instrument is traded no more."""


@dataclass(frozen=True, slots=True)
class RefusedLeg:
    """One leg as it was asked for, and as it is worth now; quantity signed, in base units."""

    role: LegRole
    instrument: InstrumentId
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    entry_fee_rate: Decimal
    exit_fee_rate: Decimal
    funded_until: datetime
    """Settlements up to this time have been counted."""
    funding_usd: Decimal = ZERO

    @property
    def price_usd(self) -> Decimal:
        """What the price moved: of an inverse contract too, whose gain in its base is worth just that at the mark."""
        return self.quantity * (self.mark_price - self.entry_price)

    @property
    def fees_usd(self) -> Decimal:
        """What opening cost and what closing at the mark costs."""
        entry_usd = self._notional_usd(self.entry_price) * self.entry_fee_rate
        exit_usd = self._notional_usd(self.mark_price) * self.exit_fee_rate
        return abs(entry_usd + exit_usd)

    def paid(self, rate_per_interval: float, mark_price: float, at: datetime) -> Self:
        """Count a settlement: a rate above zero is paid by longs to shorts."""
        paid_usd = self._notional_usd(Decimal(repr(mark_price))) * Decimal(repr(rate_per_interval))
        return replace(self, funding_usd=self.funding_usd - paid_usd, funded_until=at)

    def _notional_usd(self, price: Decimal) -> Decimal:
        """Return what fees and funding are of, signed: an inverse contract's face at any price."""
        return self.quantity * (self.entry_price if is_inverse(self.instrument.symbol) else price)


@dataclass(frozen=True, slots=True)
class RefusedPackage:
    """A package that risk refused, followed as if it had been opened at the prices it was decided on."""

    refusal_id: UUID
    decision_id: UUID
    strategy: str
    asset: str
    binding_limit: str
    exposure_usd: Decimal
    opened_at: datetime
    long_leg: RefusedLeg
    short_leg: RefusedLeg
    valued_at: datetime
    last_refused_at: datetime
    refusals: int = 1
    """How often it was refused while it was followed, the first time among them."""
    ended_at: datetime | None = None
    end: End | None = None

    @property
    def key(self) -> RefusalKey:
        return RefusalKey(
            self.strategy, self.asset, self.long_leg.instrument, self.short_leg.instrument, self.binding_limit
        )

    @property
    def legs(self) -> tuple[RefusedLeg, RefusedLeg]:
        return self.long_leg, self.short_leg

    @property
    def is_followed(self) -> bool:
        return self.ended_at is None

    @property
    def price_usd(self) -> Decimal:
        return self.long_leg.price_usd + self.short_leg.price_usd

    @property
    def funding_usd(self) -> Decimal:
        return self.long_leg.funding_usd + self.short_leg.funding_usd

    @property
    def fees_usd(self) -> Decimal:
        return self.long_leg.fees_usd + self.short_leg.fees_usd

    @property
    def net_usd(self) -> Decimal:
        """What it would have made, closed at its marks."""
        return self.price_usd + self.funding_usd - self.fees_usd

    def with_leg(self, leg: RefusedLeg) -> Self:
        return replace(self, long_leg=leg) if leg.role is LegRole.LONG else replace(self, short_leg=leg)

    def valued(self, long_price: Decimal, short_price: Decimal, at: datetime) -> Self:
        """Mark both legs."""
        return replace(
            self,
            long_leg=replace(self.long_leg, mark_price=long_price),
            short_leg=replace(self.short_leg, mark_price=short_price),
            valued_at=max(at, self.opened_at),
        )

    def refused_again(self, at: datetime) -> Self:
        return replace(self, refusals=self.refusals + 1, last_refused_at=at)

    def ended(self, end: End, at: datetime) -> Self:
        return replace(self, end=end, ended_at=max(at, self.opened_at))


@dataclass(frozen=True, slots=True)
class FundingPrediction:
    """The running rate of a perpetual at a lead before its settlement, and the rate that was settled."""

    venue: str
    symbol: str
    settles_at: datetime
    lead_s: int
    predicted_rate_per_interval: float
    predicted_at: datetime
    settled_rate_per_interval: float | None = None
    """None until it is settled."""

    @property
    def error(self) -> float | None:
        """Predicted less settled, as a fraction per interval; None until it is settled."""
        if self.settled_rate_per_interval is None:
            return None
        return self.predicted_rate_per_interval - self.settled_rate_per_interval


@dataclass(frozen=True, slots=True)
class HindsightBooks:
    """What was stored: the newest package of each key, followed or not, and predictions not yet settled."""

    refused: tuple[RefusedPackage, ...] = ()
    predictions: tuple[FundingPrediction, ...] = ()

    @classmethod
    def of(cls, refused: Iterable[RefusedPackage], predictions: Iterable[FundingPrediction]) -> Self:
        """Read records in the order they were written; of those with one key the last counts."""
        newest = {package.key: package for package in sorted(refused, key=lambda package: package.opened_at)}
        last = {(each.venue, each.symbol, each.settles_at, each.lead_s): each for each in predictions}
        return cls(
            tuple(newest.values()),
            tuple(each for each in last.values() if each.settled_rate_per_interval is None),
        )
