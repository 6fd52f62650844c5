"""From an idea to an order: `signals`, `execution.requests`, `execution.decisions`, `execution.approved`."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from poise_common.contracts.message import Message
from poise_common.domain.hedge import Hedge
from poise_common.domain.instruments import InstrumentId, Side, assets_of
from poise_common.domain.value import VALUE_CONFIG, Value

Figure = Annotated[Decimal, Field(max_digits=64, decimal_places=48)]
"""A number that somebody asks with: neither so large nor so fine that arithmetic or a table could not bear it."""

HedgeRatio = Annotated[Decimal, Field(gt=0, max_digits=64, decimal_places=48)]
"""Base units of the short leg that hedge one base unit of the long leg; one where both are of one asset."""


class PackageAction(StrEnum):
    OPEN = "open"
    CLOSE = "close"


class OrderStyle(StrEnum):
    """How the legs of an approval are worked."""

    IOC = "ioc"
    """Taken at once within the collar."""
    POST_ONLY = "post_only"
    """Rested at the best own price until a deadline; what is left is taken within the collar. Closings only."""


class LegRole(StrEnum):
    """Which side of the hedge a leg is in the package, whether it is being opened or closed."""

    LONG = "long_leg"
    SHORT = "short_leg"


class PackageState(StrEnum):
    PROPOSED = "proposed"
    OPENING = "opening"
    OPEN = "open"
    CLOSING = "closing"
    ROLLING = "rolling"
    """Its short leg is being bought back while its successor's is sold; what is hedged then passes on."""
    CLOSED = "closed"
    ABORTED = "aborted"
    HALTED = "halted"


class CandidateEvaluated(Message):
    """What signals thinks of a candidate now, and why it is not asked for, if it is not. Yields as fractions."""

    coalescing_fields: ClassVar = ("strategy", "long_venue", "long_symbol", "short_venue", "short_symbol")

    type: Literal["CandidateEvaluated"] = "CandidateEvaluated"
    strategy: str
    asset: str
    """Of the long leg."""
    slot: str
    """Of the candidates of a strategy's slot at most one is held at a time."""
    long_venue: str
    long_symbol: str
    short_venue: str
    short_symbol: str
    notional_usd: float
    basis: float | None
    """At the prices that entering the notional, or leaving what is held, would get."""
    long_price: float | None = None
    short_price: float | None = None
    fees: float | None = None
    """Of both legs, in and out; with the two below what entering costs."""
    slippage: float | None = None
    """By how much those prices are worse than the middles of the books."""
    safety_buffer: float | None = None
    net_yield: float | None
    """Entry: net yield to enter. Held: edge left."""
    expected_funding: float | None
    net_apr: float | None
    """A year, on the capital that is tied up, margin included."""
    confidence: float | None = None
    """How much of the edge has shown itself before, in [0, 1]."""
    score: float | None = None
    """Net APR × confidence over risk: by it candidates contend."""
    capacity_usd: float | None = None
    """The largest notional at which it would still be entered; 0 where not even the smallest is."""
    held: bool
    wanted: bool
    why_not: str | None
    evaluated_at: AwareDatetime

    @property
    def long_id(self) -> InstrumentId:
        return InstrumentId(self.long_venue, self.long_symbol)

    @property
    def short_id(self) -> InstrumentId:
        return InstrumentId(self.short_venue, self.short_symbol)


class LegIntent(Value):
    """One leg's order as it was decided: quantity in base units, prices in quote."""

    role: LegRole
    venue: str
    symbol: str
    side: Side
    quantity: Figure
    decision_price: Figure
    """The VWAP on the book that made the signal: slippage is measured against it."""
    limit_price: Figure
    """The collar: the worst price the order may fill at."""
    book_time: AwareDatetime

    @property
    def instrument_id(self) -> InstrumentId:
        return InstrumentId(self.venue, self.symbol)

    @property
    def notional_usd(self) -> Decimal:
        return self.quantity * self.decision_price


class OpenPackage(Message):
    """Ask risk to let a package be opened."""

    type: Literal["OpenPackage"] = "OpenPackage"
    package_id: UUID
    strategy: str
    asset: str
    """The long leg's."""
    tier: int
    long_leg: LegIntent
    short_leg: LegIntent
    hedge_ratio: HedgeRatio = Decimal(1)
    net_yield: Figure
    expected_funding: Figure
    net_apr: Figure
    edge_score: Figure
    requested_at: AwareDatetime
    expires_at: AwareDatetime

    @property
    def hedge(self) -> Hedge:
        return Hedge(self.hedge_ratio)

    @property
    def assets(self) -> tuple[str, ...]:
        """Return what the legs are of, the long leg's first: one asset, or two."""
        return assets_of(self.long_leg.symbol, self.short_leg.symbol)

    @property
    def exposure_usd(self) -> Decimal:
        return max(self.long_leg.notional_usd, self.short_leg.notional_usd)


class CloseReason(StrEnum):
    CONVERGED = "converged"
    PROFIT_TARGET = "profit_target"
    STOP_LOSS = "stop_loss"
    AGE = "age"
    FUNDING_FLIPPED = "funding_flipped"
    LIQUIDATION_DISTANCE = "liquidation_distance"
    DEPEG = "depeg"
    ASSET_DAILY_LOSS = "asset_daily_loss"
    MARGIN = "margin"
    LEFT_UNIVERSE = "left_universe"
    EXPIRY = "expiry"
    """A leg is a dated contract about to settle."""
    REBALANCE = "rebalance"
    """The desk holds more of the asset than its target weight."""
    FLATTEN = "flatten"
    KILL_SWITCH = "kill_switch"
    UNHEDGED = "unhedged"
    """Execution had to leave it halted: its legs don't match."""
    ROLLED = "rolled"
    """A later expiry takes the place of its short leg, in a package that takes its long leg over."""


class ClosePackage(Message):
    """Ask risk to let a package be closed; the legs are the closing orders (side reversed, whole quantity)."""

    type: Literal["ClosePackage"] = "ClosePackage"
    package_id: UUID
    strategy: str
    asset: str
    reason: CloseReason
    edge_left: Figure | None
    style: OrderStyle = OrderStyle.IOC
    long_leg: LegIntent
    short_leg: LegIntent
    requested_at: AwareDatetime
    expires_at: AwareDatetime


class RollPackage(Message):
    """Ask risk to let a package pass its long leg on to a successor, whose short leg is of a later expiry.

    Neither long leg is ordered: their prices are what the successor takes it over at, and what execution goes by where
    one of the short legs is not filled.
    """

    type: Literal["RollPackage"] = "RollPackage"
    closing: ClosePackage
    """Of the package: buys its short leg back."""
    opening: OpenPackage
    """Of its successor: sells the later expiry."""


@dataclass(slots=True, unsafe_hash=True)
class LimitCheck:
    """One limit of a decision: its value, what it may be, and the exposure that would pass (None: any).

    Some forty are made in every decision, of figures that risk worked out itself: they are validated where they are
    read, not where they are made. That nobody alters one is the type checker's to see, which costs nothing then.
    """

    __pydantic_config__: ClassVar = VALUE_CONFIG

    limit: Final[str]
    value: Final[Decimal | None]
    allowed: Final[Decimal | None]
    passed: Final[bool]
    passing_exposure_usd: Final[Decimal | None]
    detail: Final[str] = ""


class Verdict(StrEnum):
    APPROVED = "approved"
    APPROVED_SMALLER = "approved_smaller"
    REJECTED = "rejected"


class PackageDecided(Message):
    """What risk decided of a request, with every limit that was checked and the one that bound."""

    type: Literal["PackageDecided"] = "PackageDecided"
    request_id: UUID
    package_id: UUID
    action: PackageAction
    strategy: str
    asset: str
    verdict: Verdict
    requested_exposure_usd: Decimal
    approved_exposure_usd: Decimal
    binding_limit: str | None
    reason: str
    checks: tuple[LimitCheck, ...]
    approval_id: UUID | None
    decided_at: AwareDatetime
    long_leg: LegIntent | None = None
    """The legs as they were asked for; None of closings, and in what was decided before they were told."""
    short_leg: LegIntent | None = None
    hedge_ratio: HedgeRatio = Decimal(1)
    close_reason: CloseReason | None = None
    """What a closing is for."""


class ApprovedLeg(Value):
    """One leg as risk lets it be sent, and no larger, worse or later."""

    role: LegRole
    venue: str
    symbol: str
    side: Side
    quantity: Decimal
    decision_price: Decimal
    limit_price: Decimal
    reduce_only: bool

    @property
    def instrument_id(self) -> InstrumentId:
        return InstrumentId(self.venue, self.symbol)


class Approval(Value):
    """What risk signs: the whole order in canonical form, its life span and the lock epoch it is good for."""

    approval_id: UUID
    request_id: UUID
    package_id: UUID
    action: PackageAction
    style: OrderStyle = OrderStyle.IOC
    strategy: str
    asset: str
    legs: tuple[ApprovedLeg, ApprovedLeg]
    hedge_ratio: HedgeRatio = Decimal(1)
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    epoch: int
    rolls_with: UUID | None = None
    """The approval of a roll's other half, without which this one is not to be carried out."""


class PackageApproved(Message):
    """The only way to an order: an approval with risk's Ed25519 signature over its canonical form."""

    type: Literal["PackageApproved"] = "PackageApproved"
    approval: Approval
    signature: str
    """Base64."""


class RollApproved(Message):
    """Both halves of a roll, each signed and each naming the other: they are carried out together or not at all.

    Only the short legs are ordered. Once both are known, the long leg that one half has set free passes to the other.
    """

    type: Literal["RollApproved"] = "RollApproved"
    closing: PackageApproved
    opening: PackageApproved
