"""What came of execution's effects, as messages to its own core; none of them goes on the bus."""

from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime

from poise_common.contracts.execution import VenueBalance, VenuePosition
from poise_common.contracts.message import Message
from poise_common.domain.instruments import Side
from poise_common.domain.value import Value


class OrderSeen(Value):
    """The venue shows the order; `filled_quantity` in base units."""

    order_id: str
    filled_quantity: Decimal
    is_terminal: bool


class OrderRefused(Value):
    """The venue refused the order with one of the codes that mean it does not exist."""

    code: str
    text: str


class OrderAbsent(Value):
    """Neither of two endpoints knows the order."""


class OutcomeUnknown(Value):
    """Nothing definite: a time-out, a dropped connection, a 5xx, an unreadable answer."""

    reason: str


class OrderAnswered(Message):
    """The one POST of an order ended, this way or that; `sent_at` is when the request left, None where it never did."""

    type: Literal["OrderAnswered"] = "OrderAnswered"
    client_order_id: str
    outcome: OrderSeen | OrderRefused | OutcomeUnknown
    sent_at: AwareDatetime | None


class OrderLookedUp(Message):
    """An order was asked for by its client id at `asked_at`."""

    type: Literal["OrderLookedUp"] = "OrderLookedUp"
    client_order_id: str
    outcome: OrderSeen | OrderAbsent | OutcomeUnknown
    asked_at: AwareDatetime


class CancelAsked(Message):
    """The venue was asked to cancel an order; whether it is gone, a look-up tells."""

    type: Literal["CancelAsked"] = "CancelAsked"
    client_order_id: str


class AccountHinted(Message):
    """The venue's event stream spoke of the account: a reason to ask now, and nothing more."""

    type: Literal["AccountHinted"] = "AccountHinted"
    venue: str
    client_order_id: str | None


class VenueTrade(Value):
    """One trade of an order: base units, price in quote, fee as a cost in its own currency."""

    trade_id: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    traded_at: AwareDatetime


class TradesFetched(Message):
    """The trades of an order as far as the venue lists them now; None where the venue gave no answer."""

    type: Literal["TradesFetched"] = "TradesFetched"
    client_order_id: str
    trades: tuple[VenueTrade, ...] | None


class VenueConnected(Message):
    """The venue answers to our key, which may trade and not withdraw."""

    type: Literal["VenueConnected"] = "VenueConnected"
    venue: str


class InstrumentPrepared(Message):
    """Leverage and margin type of a derivative are set; `failure` says why not, where they are not."""

    type: Literal["InstrumentPrepared"] = "InstrumentPrepared"
    venue: str
    symbol: str
    failure: str | None


class FundingIncome(Value):
    """A payment of the venue's income list: positive = received."""

    income_id: str
    symbol: str
    amount: Decimal
    currency: str
    paid_at: AwareDatetime
    settlement_price: Decimal | None = None
    """Of a dated future's settlement, what the position was closed at; None for funding."""


class AccountFigures(Value):
    """What the venue says of an account at one time."""

    balances: tuple[VenueBalance, ...]
    positions: tuple[VenuePosition, ...]
    margin_balance_usd: Decimal
    initial_margin_usd: Decimal
    maintenance_margin_usd: Decimal


class OpenOrder(Value):
    """An order of the account that can still fill, whoever's it is; `open_quantity` in base units, unsigned."""

    order_id: str
    client_order_id: str
    symbol: str
    side: Side
    open_quantity: Decimal
    filled_quantity: Decimal


class AccountRead(Message):
    """An account and its incomes; `figures` is None where something was paid meanwhile, or no answer came."""

    type: Literal["AccountRead"] = "AccountRead"
    venue: str
    activity: int
    incomes: tuple[FundingIncome, ...]
    figures: AccountFigures | None
    open_orders: tuple[OpenOrder, ...] = ()
    clock_offset_ms: int | None = None
    """The venue's clock less ours; None where it did not answer."""
    as_of: AwareDatetime
    """When the reading began."""


class AccountTrade(VenueTrade):
    """A trade of the account, whoever's it is."""

    symbol: str
    order_id: str
    side: Side


class AccountOrder(Value):
    """An order that a trade of the account is of, as the venue has it now."""

    symbol: str
    client_order_id: str
    seen: OrderSeen


class AccountTradesFetched(Message):
    """All trades of the account in some instruments, asked for at `asked_at`; None where the venue gave no answer."""

    type: Literal["AccountTradesFetched"] = "AccountTradesFetched"
    venue: str
    asked_at: AwareDatetime
    trades: tuple[AccountTrade, ...] | None
    orders: tuple[AccountOrder, ...]
    """Those that were not known."""
