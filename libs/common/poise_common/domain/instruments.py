"""What can be traded, and by what rules."""

from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from poise_common.domain.value import Value


class InstrumentKind(StrEnum):
    SPOT = "spot"
    LINEAR_PERPETUAL = "linear_perpetual"
    LINEAR_FUTURE = "linear_future"
    INVERSE_PERPETUAL = "inverse_perpetual"
    INVERSE_FUTURE = "inverse_future"


class Side(StrEnum):
    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY

    @property
    def sign(self) -> int:
        return 1 if self is Side.BUY else -1


class InstrumentId(NamedTuple):
    """One tradable thing at one venue: the venue's name in config and ccxt's unified symbol."""

    venue: str
    symbol: str

    def __str__(self) -> str:
        return f"{self.venue}:{self.symbol}"


def base_of(symbol: str) -> str:
    """Return the currency that a unified symbol trades: the asset that a leg in it is of."""
    return symbol.partition("/")[0]


def is_perpetual(symbol: str) -> bool:
    """Say whether the symbol names a contract without a last day, which pays funding."""
    settled_in = symbol.partition(":")[2]
    return settled_in != "" and "-" not in settled_in


@lru_cache(maxsize=4_096)
def assets_of(long_symbol: str, short_symbol: str) -> tuple[str, ...]:
    """Return what two legs are of, the long leg's first: one asset, or two."""
    return tuple(dict.fromkeys((base_of(long_symbol), base_of(short_symbol))))


class Instrument(Value):
    """An instrument with the venue's trading rules; quantities in base units, fees as fractions."""

    venue: str
    symbol: str
    kind: InstrumentKind
    base: str
    quote: str
    settle: str
    contract_size: Decimal = Decimal(1)
    price_tick: Decimal
    quantity_step: Decimal
    min_quantity: Decimal
    min_notional: Decimal
    taker_fee: Decimal
    maker_fee: Decimal
    max_leverage: Decimal = Decimal(1)
    maintenance_margin_rate: Decimal = Decimal(0)
    funding_interval_s: int | None = None
    expires_at: datetime | None = None

    @property
    def id(self) -> InstrumentId:
        return InstrumentId(self.venue, self.symbol)

    @property
    def is_derivative(self) -> bool:
        return self.kind is not InstrumentKind.SPOT

    def round_quantity(self, quantity: Decimal) -> Decimal:
        """Round down to the step: an order never grows by rounding."""
        return (quantity / self.quantity_step).to_integral_value(ROUND_DOWN) * self.quantity_step

    def round_price(self, price: Decimal) -> Decimal:
        """Round to the nearest tick."""
        return (price / self.price_tick).to_integral_value(ROUND_HALF_EVEN) * self.price_tick
