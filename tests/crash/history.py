"""What a run leaves behind, as rows: the venue's own ledger, the desk's books, and what went over the bus."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import Side


class Market(NamedTuple):
    """A symbol as the venue has it, in the market it stands in."""

    kind: str
    symbol: str

    @classmethod
    def of(cls, symbol: str) -> "Market":
        """Read a unified symbol: `BTC/USDT` is spot, `BTC/USDT:USDT` a contract."""
        pair, is_contract, _ = symbol.partition(":")
        return cls("futures" if is_contract else "spot", pair.replace("/", ""))


class TradeKey(NamedTuple):
    """A fill of one of our orders: two that trade with each other share the trade's id."""

    market: Market
    trade_id: str
    client_order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueOrder:
    client_order_id: str
    market: Market
    side: Side
    quantity: Decimal
    executed: Decimal
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFill:
    client_order_id: str
    key: TradeKey
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOrder:
    """An order in execution's book."""

    client_order_id: str
    approval_id: UUID
    package_id: UUID
    role: LegRole
    is_unwind: bool
    state: str
    filled: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldFill:
    """A fill as the ledger has it, or as a report told it."""

    client_order_id: str
    package_id: UUID
    key: TradeKey
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True, slots=True)
class StoredLeg:
    market: Market
    side: Side
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredApproval:
    """An approval that execution used; genuine where risk's key signed it and risk's own book has it."""

    approval_id: UUID
    legs: Mapping[LegRole, StoredLeg]
    is_genuine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPackage:
    """What execution holds of a package: unsigned base units."""

    package_id: UUID
    base: str
    long_held: Decimal
    short_held: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTold:
    name: str
    subject: str
    firing: bool
    at: datetime


class Stretch(NamedTuple):
    """A time without a break."""

    start: datetime
    end: datetime

    @property
    def lasts(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything that is checked, read once all is settled."""

    venue_orders: Sequence[VenueOrder]
    venue_fills: Sequence[VenueFill]
    orders: Sequence[StoredOrder]
    approvals: Sequence[StoredApproval]
    packages: Sequence[StoredPackage]
    ledger_fills: Sequence[ToldFill]
    reported_fills: Mapping[UUID, ToldFill]
    """By message id: the bus may carry a message twice, never one fill as two messages."""
    halted: frozenset[UUID]
    """Packages of which execution said that it locked them."""
    alerts: Sequence[AlertTold]
    unsettled_approvals: Sequence[UUID]
    """Of risk's: nobody said what came of them."""
    dead_letters: Sequence[str]
    execution_away: Sequence[Stretch] = ()
    """When execution was down, paused or without its servers: no excuse, but it is said beside what it explains."""
    read_at: datetime
    residual_cap_usd: Decimal = Decimal(50)
    residual_max_s: float = 10.0

    @property
    def orders_by_id(self) -> Mapping[str, StoredOrder]:
        return {order.client_order_id: order for order in self.orders}
