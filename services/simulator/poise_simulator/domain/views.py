"""What the exchange shows of its markets and accounts."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_simulator.domain.instruments import Market

PriceLevel = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class BookView:
    """A book's levels as (price, quantity), best first, after `last_update_id`."""

    market: Market
    symbol: str
    time_ms: int
    last_update_id: int
    bids: tuple[PriceLevel, ...]
    asks: tuple[PriceLevel, ...]


@dataclass(frozen=True, slots=True)
class Ticker:
    """Rolling 24 h statistics. An empty side of the book shows price and quantity 0."""

    market: Market
    symbol: str
    open_time_ms: int
    close_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    last_quantity: Decimal
    weighted_average: Decimal
    volume: Decimal
    quote_volume: Decimal
    trade_count: int
    first_trade_id: int
    last_trade_id: int
    bid: Decimal
    bid_quantity: Decimal
    ask: Decimal
    ask_quantity: Decimal


@dataclass(frozen=True, slots=True)
class Kline:
    """One candle; the last of a list may still be open (`close_time_ms` in the future)."""

    open_time_ms: int
    close_time_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    quote_volume: Decimal
    trade_count: int
    taker_buy_volume: Decimal
    taker_buy_quote_volume: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """One public trade."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    buyer_is_maker: bool
    time_ms: int


@dataclass(frozen=True, slots=True)
class MarkPrice:
    """A future's mark and index; the rate is a perpetual's predicted one per running interval.

    A dated future has no funding: its rates, interval and next funding are 0. `settle_estimate` is what would be
    settled at, were it delivered now: in its last hour the mean of the index so far, else the index.
    """

    symbol: str
    time_ms: int
    mark: Decimal
    index: Decimal
    funding_rate: Decimal
    last_funding_rate: Decimal
    interest_rate: Decimal
    next_funding_ms: int
    interval_s: int
    settle_estimate: Decimal

    @property
    def is_funded(self) -> bool:
        """True for a perpetual."""
        return self.interval_s > 0


@dataclass(frozen=True, slots=True)
class FundingRate:
    """A settled rate per interval, and the mark it was settled at."""

    symbol: str
    time_ms: int
    rate: Decimal
    mark: Decimal


@dataclass(frozen=True, slots=True)
class SpotBalance:
    """Holdings of one asset; `locked` stands behind open orders."""

    asset: str
    free: Decimal
    locked: Decimal


@dataclass(frozen=True, slots=True)
class Position:
    """A one-way perpetual position. `quantity` is signed; a liquidation price of 0 means none."""

    symbol: str
    quantity: Decimal
    entry_price: Decimal
    mark: Decimal
    notional: Decimal
    unrealised_pnl: Decimal
    realised_pnl: Decimal
    liquidation_price: Decimal
    leverage: int
    initial_margin: Decimal
    open_order_initial_margin: Decimal
    maintenance_margin: Decimal
    updated_ms: int


@dataclass(frozen=True, slots=True)
class FuturesAccount:
    """The perpetuals wallet under cross margin, in its settlement asset."""

    asset: str
    wallet_balance: Decimal
    unrealised_pnl: Decimal
    margin_balance: Decimal
    position_initial_margin: Decimal
    open_order_initial_margin: Decimal
    maintenance_margin: Decimal
    available_balance: Decimal
    positions: Mapping[str, Position]

    @property
    def initial_margin(self) -> Decimal:
        """Margin that positions and open orders hold together."""
        return self.position_initial_margin + self.open_order_initial_margin


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario under way: what it strikes, and since when; None while it waits for an entry."""

    name: str
    asset: str | None
    duration_s: float
    began_ms: int | None
    is_ending: bool


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account at one moment."""

    account_id: str
    time_ms: int
    spot: Mapping[str, SpotBalance]
    futures: FuturesAccount


@dataclass(frozen=True, slots=True)
class LedgerCount:
    """What the venue itself has seen of an account: orders taken, requests refused, fills, positions taken over."""

    orders: int
    rejected: int
    fills: int
    liquidations: int
    orders_by_client_order_id: Mapping[str, int]
    rejected_by_client_order_id: Mapping[str, int]
    fills_by_client_order_id: Mapping[str, int]
