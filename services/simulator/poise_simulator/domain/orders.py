"""Orders as accounts send them, as the exchange holds them, and their fills."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from poise_simulator.domain.instruments import Market


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """+1 for a buy, -1 for a sell."""
        return 1 if self is Side.BUY else -1

    @property
    def opposite(self) -> "Side":
        """The side that trades against this one."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """How an order is priced."""

    MARKET = "market"
    LIMIT = "limit"


class TimeInForce(StrEnum):
    """What happens to what doesn't trade at once."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    POST_ONLY = "post_only"


class Origin(StrEnum):
    """Who wanted an order: the account's client, its owner by hand, or the exchange itself."""

    CLIENT = "client"
    FOREIGN = "foreign"
    LIQUIDATION = "liquidation"
    ADL = "adl"


class OrderStatus(StrEnum):
    """Where an order stands."""

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"

    @property
    def is_open(self) -> bool:
        """True while the order may still trade."""
        return self in {OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED}


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What an account asks for. A spot market order may give `quote_quantity` in place of `quantity`."""

    market: Market
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    price: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce.GTC
    quote_quantity: Decimal | None = None
    client_order_id: str | None = None
    reduce_only: bool = False


@dataclass(frozen=True, slots=True)
class Handling:
    """What the exchange makes of a limit IOC order beyond its rules.

    At most `fill_share_max` of it (in [0, 1]) fills at once. What is left expires, or, given
    `finish_after_ms`, stays open until then, trades again, and expires.
    """

    fill_share_max: Decimal = Decimal(1)
    finish_after_ms: int | None = None


SOUND = Handling()


@dataclass(frozen=True, slots=True)
class Order:
    """An order's state at `updated_ms`. `price` is 0 for market orders.

    For an order by quote quantity, `quantity` is what it had executed when it ended.
    """

    order_id: int
    client_order_id: str
    account_id: str
    market: Market
    symbol: str
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal | None
    executed_quantity: Decimal
    executed_quote: Decimal
    status: OrderStatus
    reduce_only: bool
    origin: Origin
    created_ms: int
    updated_ms: int

    @property
    def remaining_quantity(self) -> Decimal:
        """What has not traded, in base units."""
        return self.quantity - self.executed_quantity

    @property
    def average_price(self) -> Decimal:
        """Mean fill price; 0 before the first fill."""
        return self.executed_quote / self.executed_quantity if self.executed_quantity else Decimal(0)


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of an account's order. Commission is positive when paid; realised P&L is before it."""

    trade_id: int
    order_id: int
    client_order_id: str
    account_id: str
    market: Market
    symbol: str
    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    commission: Decimal
    commission_asset: str
    realised_pnl: Decimal
    is_maker: bool
    origin: Origin
    time_ms: int


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What came of a request at once: the order as it now stands, and its fills."""

    order: Order
    fills: tuple[Fill, ...]
