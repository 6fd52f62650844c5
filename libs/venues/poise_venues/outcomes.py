"""What came of asking a venue to do something: success, a definite no, or not known."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from poise_common.domain.instruments import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The venue took the order and its answer was read whole."""

    order_id: str
    filled_quantity: Decimal
    average_price: Decimal | None
    terminal: bool
    """Nothing more can fill."""
    sent_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The order does not exist and never will: a listed reject code, or it never left this process."""

    code: str
    text: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """Nobody can say yet whether the request took effect."""

    reason: str
    sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOrder:
    """An order as the venue has it now."""

    order_id: str
    client_order_id: str
    symbol: str
    side: Side
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    terminal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The venue took a request about an order and says nothing else of it."""

    order_id: str
    client_order_id: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """This endpoint knows no such order; one endpoint's word alone is not proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueTrade:
    """One fill as the venue's trade list has it; quantity in base units, fee as charged (negative: a rebate)."""

    trade_id: str
    order_id: str
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    fee_currency: str
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Total of one currency in one wallet, locked part included."""

    wallet: str
    currency: str
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A derivative position: signed base units."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised_pnl_usd: Decimal
    liquidation_price: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Balances and positions of all wallets the desk trades in."""

    balances: tuple[Balance, ...]
    positions: tuple[Position, ...]
    margin_balance_usd: Decimal
    initial_margin_usd: Decimal
    maintenance_margin_usd: Decimal
    as_of: datetime


class IncomeKind(StrEnum):
    """What contracts pay besides their trades."""

    FUNDING = "funding"
    SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Income:
    """What contracts paid into their wallet besides their trades: positive = received.

    A settlement closed the whole position in an expired contract at a `price`; its amount is the profit.
    """

    kind: IncomeKind = IncomeKind.FUNDING
    price: Decimal | None = None
    income_id: str
    symbol: str
    amount: Decimal
    currency: str
    time: datetime


SubmitOutcome = Accepted | Refused | Unknown
LookUpOutcome = FoundOrder | NotFound | Unknown
