"""What happened on the exchange, in order."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from poise_simulator.domain.instruments import Market
from poise_simulator.domain.orders import Fill, Order, Side
from poise_simulator.domain.views import Position, PriceLevel


class ExecutionType(StrEnum):
    """What an order update tells of."""

    NEW = "new"
    TRADE = "trade"
    CANCELED = "canceled"
    EXPIRED = "expired"


class UpdateReason(StrEnum):
    """Why a balance or position changed."""

    ORDER = "order"
    FUNDING_FEE = "funding_fee"
    LIQUIDATION = "liquidation"
    TRANSFER = "transfer"
    DELIVERY = "delivery"


@dataclass(frozen=True, slots=True)
class DepthChanged:
    """Levels of one book that changed; a quantity of 0 means the level is gone.

    Levels are kept as (ticks, lots) integers; `bids` and `asks` turn them into prices and quantities.
    """

    market: Market
    symbol: str
    time_ms: int
    first_update_id: int
    final_update_id: int
    previous_final_update_id: int
    tick_size: Decimal
    step_size: Decimal
    bid_lots: tuple[tuple[int, int], ...]
    ask_lots: tuple[tuple[int, int], ...]

    @property
    def bids(self) -> tuple[PriceLevel, ...]:
        """Changed bids as (price, quantity)."""
        return tuple((ticks * self.tick_size, lots * self.step_size) for ticks, lots in self.bid_lots)

    @property
    def asks(self) -> tuple[PriceLevel, ...]:
        """Changed asks as (price, quantity)."""
        return tuple((ticks * self.tick_size, lots * self.step_size) for ticks, lots in self.ask_lots)


@dataclass(frozen=True, slots=True)
class TradePrinted:
    """A public trade."""

    market: Market
    symbol: str
    time_ms: int
    trade_id: int
    price: Decimal
    quantity: Decimal
    buyer_is_maker: bool


@dataclass(frozen=True, slots=True)
class MarkPriceUpdated:
    """A future's mark and index, and a perpetual's predicted rate per interval, once a second.

    A dated future has a rate of 0 and a next funding of 0: never.
    """

    symbol: str
    time_ms: int
    mark: Decimal
    index: Decimal
    funding_rate: Decimal
    next_funding_ms: int


@dataclass(frozen=True, slots=True)
class OrderUpdated:
    """An account's order changed; `fill` is the execution that changed it, for trades."""

    account_id: str
    time_ms: int
    execution: ExecutionType
    order: Order
    fill: Fill | None


@dataclass(frozen=True, slots=True)
class BalanceUpdated:
    """An account's holding of one asset changed; in futures `free` is the wallet balance, `locked` 0."""

    account_id: str
    time_ms: int
    market: Market
    asset: str
    free: Decimal
    locked: Decimal
    change: Decimal
    reason: UpdateReason


@dataclass(frozen=True, slots=True)
class PositionUpdated:
    """An account's perpetual position changed."""

    account_id: str
    time_ms: int
    position: Position
    reason: UpdateReason


@dataclass(frozen=True, slots=True)
class FundingSettled:
    """A funding rate was settled between all longs and shorts of a perpetual."""

    symbol: str
    time_ms: int
    rate: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class ContractListed:
    """A dated future began to trade."""

    symbol: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class ContractDelivered:
    """A dated future expired: its orders were cancelled, its positions settled at the price."""

    symbol: str
    time_ms: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class OrderLiquidated:
    """An account's position was taken over; the closing order follows as its own updates."""

    account_id: str
    time_ms: int
    symbol: str
    side: Side
    quantity: Decimal
    mark: Decimal


Event = (
    DepthChanged
    | TradePrinted
    | MarkPriceUpdated
    | OrderUpdated
    | BalanceUpdated
    | PositionUpdated
    | FundingSettled
    | OrderLiquidated
    | ContractListed
    | ContractDelivered
)
