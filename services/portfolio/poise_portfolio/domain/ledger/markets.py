"""What a unified symbol says of its market: what is exchanged, and in which wallet it settles."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Wallet(StrEnum):
    SPOT = "spot"
    FUTURES = "futures"


class UnsupportedMarketError(ValueError):
    """The ledger has no rule for booking trades of this symbol."""

    def __init__(self, symbol: str, reason: str) -> None:
        super().__init__(f"{symbol}: {reason}")
        self.symbol = symbol
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Market:
    """A spot market, or a linear derivative that is settled in its quote currency."""

    base: str
    quote: str
    wallet: Wallet
    is_dated: bool = False

    @property
    def is_spot(self) -> bool:
        return self.wallet is Wallet.SPOT

    @property
    def is_perpetual(self) -> bool:
        return not self.is_spot and not self.is_dated


def is_booked(symbol: str) -> bool:
    """Say whether the ledger can book this symbol."""
    try:
        market_of(symbol)
    except UnsupportedMarketError:
        return False
    return True


@cache
def market_of(symbol: str) -> Market:
    """Read a unified symbol (`BTC/USDT`, `BTC/USDT:USDT`, `BTC/USDT:USDT-261225`).

    Raises UnsupportedMarketError for anything else, inverse contracts among it.
    """
    pair, _, settlement = symbol.partition(":")
    base, _, quote = pair.partition("/")
    if not base or not quote:
        raise UnsupportedMarketError(symbol, "not a unified symbol")
    if not settlement:
        return Market(base, quote, Wallet.SPOT)
    currency, _, expiry = settlement.partition("-")
    if currency != quote:
        raise UnsupportedMarketError(symbol, "only contracts settled in their quote currency are booked")
    return Market(base, quote, Wallet.FUTURES, is_dated=bool(expiry))
