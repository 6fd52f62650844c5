"""The venue's words and number formats for what the core holds."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from poise_simulator.domain.instruments import Instrument, Market, TradingStatus
from poise_simulator.domain.orders import Order, OrderStatus, OrderType, Side, TimeInForce

Json = dict[str, object] | list[object]

SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
SIDE_WORDS = {side: word for word, side in SIDES.items()}

STATUS_WORDS = {
    OrderStatus.NEW: "NEW",
    OrderStatus.PARTIALLY_FILLED: "PARTIALLY_FILLED",
    OrderStatus.FILLED: "FILLED",
    OrderStatus.CANCELED: "CANCELED",
    OrderStatus.EXPIRED: "EXPIRED",
}

TIME_IN_FORCE_WORDS = {
    TimeInForce.GTC: "GTC",
    TimeInForce.IOC: "IOC",
    TimeInForce.FOK: "FOK",
    TimeInForce.POST_ONLY: "GTX",
}

TRADING_STATUS_WORDS = {
    Market.SPOT: {
        TradingStatus.TRADING: "TRADING",
        TradingStatus.HALTED: "BREAK",
        TradingStatus.DELIVERED: "BREAK",
    },
    Market.FUTURES: {
        TradingStatus.TRADING: "TRADING",
        TradingStatus.HALTED: "CLOSE",
        TradingStatus.DELIVERED: "SETTLING",
    },
}


def decimal_text(value: Decimal, places: int = 8) -> str:
    """Write a number with a fixed count of decimals, as the venue does."""
    return f"{value:.{places}f}"


@lru_cache(maxsize=1024)
def decimal_places(unit: Decimal) -> int:
    """Count the decimals of a tick or step size."""
    exponent = unit.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def price_places(instrument: Instrument) -> int:
    """Return how many decimals prices of an instrument are written with: 8 on spot, the tick's on futures."""
    return 8 if instrument.market is Market.SPOT else decimal_places(instrument.tick_size)


def quantity_places(instrument: Instrument) -> int:
    """Return how many decimals quantities of an instrument are written with: 8 on spot, the step's on futures."""
    return 8 if instrument.market is Market.SPOT else decimal_places(instrument.step_size)


def order_type_word(order: Order) -> str:
    """Return the venue's type: spot has a type of its own for post-only orders."""
    if order.type is OrderType.MARKET:
        return "MARKET"
    if order.market is Market.SPOT and order.time_in_force is TimeInForce.POST_ONLY:
        return "LIMIT_MAKER"
    return "LIMIT"


def time_in_force_word(order: Order) -> str:
    """Return the venue's time in force: spot shows GTC for post-only orders, futures GTX."""
    if order.market is Market.SPOT and order.time_in_force is TimeInForce.POST_ONLY:
        return "GTC"
    return TIME_IN_FORCE_WORDS[order.time_in_force]


@lru_cache(maxsize=65_536)
def scaled_text(count: int, unit: Decimal, places: int) -> str:
    """Write `count` ticks or lots; cached, since the same few levels change again and again."""
    return f"{count * unit:.{places}f}"
