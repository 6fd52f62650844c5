"""One order at a venue, from the stored intent to its last fill, and the table of all its transitions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from poise_common.contracts.execution import OrderPurpose
from poise_common.contracts.packages import LegRole, OrderStyle
from poise_common.domain.instruments import InstrumentId, Side


class OrderState(StrEnum):
    INTENDED = "intended"
    """Stored; its one POST leaves right after the commit, so from here on it may exist at the venue."""
    UNKNOWN = "unknown"
    """It may or may not exist: it is looked up, never sent again, and counts as filled in full."""
    RESTING = "resting"
    """The venue has it and says that it is not final yet."""
    SETTLING = "settling"
    """Final at the venue with a filled quantity; its trades are not all fetched yet."""
    FINAL = "final"
    """Final, and every fill is counted."""
    VOID = "void"
    """It never was: refused by the venue, or not found after the deadline at two endpoints."""


class Evidence(StrEnum):
    """What the venue let us know of an order."""

    TERMINAL = "terminal"
    OPEN = "open"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    ABSENT = "absent"
    """Not found at two endpoints, asked after the deadline."""
    SETTLED = "settled"
    """The fetched trades add up to what the order filled."""
    TRADED = "traded"
    """The venue lists a trade of it that is not counted."""


_INTENDED, _UNKNOWN, _RESTING, _SETTLING, _FINAL, _VOID = OrderState

TRANSITIONS: dict[OrderState, dict[Evidence, OrderState]] = {
    _INTENDED: {
        Evidence.TERMINAL: _SETTLING,
        Evidence.OPEN: _RESTING,
        Evidence.REFUSED: _VOID,
        Evidence.UNCLEAR: _UNKNOWN,
        Evidence.ABSENT: _UNKNOWN,  # its POST may still be under way
        Evidence.SETTLED: _INTENDED,
        Evidence.TRADED: _RESTING,
    },
    _UNKNOWN: {
        Evidence.TERMINAL: _SETTLING,
        Evidence.OPEN: _RESTING,
        Evidence.REFUSED: _VOID,
        Evidence.UNCLEAR: _UNKNOWN,
        Evidence.ABSENT: _VOID,
        Evidence.SETTLED: _UNKNOWN,
        Evidence.TRADED: _RESTING,  # it exists; whether it can fill on is asked
    },
    _RESTING: {
        Evidence.TERMINAL: _SETTLING,
        Evidence.OPEN: _RESTING,
        Evidence.REFUSED: _RESTING,
        Evidence.UNCLEAR: _RESTING,
        Evidence.ABSENT: _RESTING,  # the venue has shown it: a list that lags doesn't undo that
        Evidence.SETTLED: _RESTING,
        Evidence.TRADED: _RESTING,
    },
    _SETTLING: dict.fromkeys(Evidence, _SETTLING) | {Evidence.SETTLED: _FINAL},
    _FINAL: dict.fromkeys(Evidence, _FINAL) | {Evidence.TRADED: _SETTLING},
    _VOID: dict.fromkeys(Evidence, _VOID)
    | {
        # The venue shows what it had denied: the fills are ours, whenever they come to light.
        Evidence.TERMINAL: _SETTLING,
        Evidence.OPEN: _RESTING,
        Evidence.TRADED: _SETTLING,
    },
}

IN_DOUBT = frozenset({_INTENDED, _UNKNOWN, _RESTING})
CLOSED = frozenset({_FINAL, _VOID})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it is stored: what was intended, and what is known of it. Quantities in base units."""

    client_order_id: str
    approval_id: UUID
    package_id: UUID
    role: LegRole
    purpose: OrderPurpose
    attempt: int
    venue: str
    symbol: str
    side: Side
    quantity: Decimal
    limit_price: Decimal
    decision_price: Decimal
    reduce_only: bool
    intended_at: datetime
    state: OrderState = OrderState.INTENDED
    sent_at: datetime | None = None
    order_id: str | None = None
    filled_quantity: Decimal = Decimal(0)
    detail: str = ""
    style: OrderStyle = OrderStyle.IOC
    rest_until: datetime | None = None
    """When a post-only order is to be gone from the book; None of an IOC order, which never rests."""
    cancel_asked_at: datetime | None = None
    """A cancel only asks: what the venue shows afterwards decides."""

    @property
    def instrument_id(self) -> InstrumentId:
        return InstrumentId(self.venue, self.symbol)

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED

    @property
    def is_new(self) -> bool:
        """Say whether this is the intent itself, stored before anything is known of the order or asked of it."""
        return self.state is OrderState.INTENDED and self.cancel_asked_at is None

    @property
    def is_in_doubt(self) -> bool:
        return self.state in IN_DOUBT

    @property
    def counted_quantity(self) -> Decimal:
        """Return what counts as filled for hedging: all of it until it is known."""
        return self.quantity if self.is_in_doubt else self.filled_quantity

    def after(self, evidence: Evidence) -> OrderState:
        """Return the state that a piece of evidence leads to."""
        return TRANSITIONS[self.state][evidence]


class FillKey(NamedTuple):
    """What makes a fill one and the same: two orders of ours that trade with each other share the trade's id."""

    venue: str
    symbol: str
    trade_id: str
    side: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One trade of ours as the venue's trade list has it."""

    venue: str
    symbol: str
    trade_id: str
    client_order_id: str
    order_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    filled_at: datetime

    @property
    def key(self) -> FillKey:
        return FillKey(self.venue, self.symbol, self.trade_id, self.side)
