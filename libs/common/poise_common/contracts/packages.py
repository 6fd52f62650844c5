"""From an idea to an order: `signals`, `execution.requests`, `execution.decisions`, `execution.approved`."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from poise_common.contracts.message import Message
from poise_common.domain.instruments import InstrumentId, Side
from poise_common.domain.value import Value

Figure = Annotated[Decimal, Field(max_digits=64, decimal_places=48)]
"""A number that somebody asks with: neither so large nor so fine that arithmetic or a table could not bear it."""


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
    CLOSED = "closed"
    ABORTED = "aborted"
    HALTED = "halted"


class CandidateEvaluated(Message):
    """What signals thinks of a candidate now, and why it is not asked for, if it is not. Yields as fractions."""

    coalescing_fields: ClassVar = ("strategy", "asset", "venue")

    type: Literal["CandidateEvaluated"] = "CandidateEvaluated"
    strategy: str
    asset: str
    venue: str
    notional_usd: float
    basis: float | None
    net_yield: float | None
    """Entry: net yield to enter. Held: edge left."""
    expected_funding: float | None
    net_apr: float | None
    held: bool
    wanted: bool
    why_not: str | None
    evaluated_at: AwareDatetime


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
    tier: int
    long_leg: LegIntent
    short_leg: LegIntent
    net_yield: Figure
    expected_funding: Figure
    net_apr: Figure
    edge_score: Figure
    requested_at: AwareDatetime
    expires_at: AwareDatetime

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


class LimitCheck(Value):
    """One limit of a decision: its value, what it may be, and the exposure that would pass (None: any)."""

    limit: str
    value: Decimal | None
    allowed: Decimal | None
    passed: bool
    passing_exposure_usd: Decimal | None
    detail: str = ""


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
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    epoch: int


class PackageApproved(Message):
    """The only way to an order: an approval with risk's Ed25519 signature over its canonical form."""

    type: Literal["PackageApproved"] = "PackageApproved"
    approval: Approval
    signature: str
    """Base64."""
