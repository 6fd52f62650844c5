"""What can be traded, and by which rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Market(StrEnum):
    """A book's venue section: spot, or USD-margined futures, perpetual and dated."""

    SPOT = "spot"
    FUTURES = "futures"


class TradingStatus(StrEnum):
    """Whether orders are taken; a dated future ends delivered, and then no longer on any list."""

    TRADING = "trading"
    HALTED = "halted"
    DELIVERED = "delivered"
    DELISTED = "delisted"


@dataclass(frozen=True, slots=True)
class PriceDeviation:
    """How far a price may stand from the reference: multipliers of it, above and below 1."""

    multiplier_up: Decimal
    multiplier_down: Decimal


@dataclass(frozen=True, slots=True)
class LeverageBracket:
    """One notional band of a future: what it may be levered, and what it must keep.

    Maintenance margin = notional x rate - deduction; the deduction makes it continuous over the bands.
    """

    bracket: int
    notional_floor: Decimal
    notional_cap: Decimal
    max_leverage: int
    maintenance_margin_rate: Decimal
    maintenance_deduction: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """One book: its names, its filters, its fees. Prices are in quote units, quantities in base units.

    A dated future has the times when it is listed and when it expires, a perpetual its funding interval.
    """

    market: Market
    symbol: str
    base: str
    quote: str
    status: TradingStatus
    tick_size: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    max_price_deviation: PriceDeviation
    taker_fee_rate: Decimal
    maker_fee_rate: Decimal
    leverage_brackets: tuple[LeverageBracket, ...] = ()
    funding_interval_s: int | None = None
    listed_ms: int | None = None
    expires_ms: int | None = None

    @property
    def is_dated(self) -> bool:
        """True for a future that expires."""
        return self.expires_ms is not None

    @property
    def is_listed(self) -> bool:
        """False once a delivered future is off the venue's lists; what was traded in it can still be asked for."""
        return self.status is not TradingStatus.DELISTED

    @property
    def pair(self) -> str:
        """What is exchanged for what, such as BTCUSDT; a perpetual and its dated futures have it in common."""
        return f"{self.base}{self.quote}"

    def price_of(self, ticks: int) -> Decimal:
        """Turn integer ticks into a price."""
        return ticks * self.tick_size

    def quantity_of(self, lots: int) -> Decimal:
        """Turn integer lots into a quantity."""
        return lots * self.step_size

    def ticks_of(self, price: Decimal) -> int | None:
        """Turn a price into ticks; None where it stands between two."""
        return whole_multiples(price, self.tick_size)

    def lots_of(self, quantity: Decimal) -> int | None:
        """Turn a quantity into lots; None where it stands between two."""
        return whole_multiples(quantity, self.step_size)


def whole_multiples(value: Decimal, unit: Decimal) -> int | None:
    """Count the units in a value; None where they don't divide it."""
    count = int(value / unit)
    return count if count * unit == value else None


def build_brackets(bands: Sequence[tuple[int, int, Decimal]]) -> tuple[LeverageBracket, ...]:
    """Chain (notional cap, max leverage, maintenance rate) bands, ascending, into brackets."""
    brackets: list[LeverageBracket] = []
    floor, previous_rate, deduction = Decimal(0), Decimal(0), Decimal(0)
    for number, (cap, max_leverage, rate) in enumerate(bands, start=1):
        deduction += floor * (rate - previous_rate)
        brackets.append(LeverageBracket(number, floor, Decimal(cap), max_leverage, rate, deduction))
        floor, previous_rate = Decimal(cap), rate
    return tuple(brackets)
