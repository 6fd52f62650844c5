"""What a unified symbol says of its market: what is exchanged, and in which wallet it settles."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from poise_common.domain.wallets import Wallet
from poise_portfolio.domain.ledger.positions import Position, face_of


class UnsupportedMarketError(ValueError):
    """The ledger has no rule for booking trades of this symbol."""

    def __init__(self, symbol: str, reason: str) -> None:
        super().__init__(f"{symbol}: {reason}")
        self.symbol = symbol
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Market:
    """A spot market, or a derivative that settles in its quote currency (linear) or in its base (inverse)."""

    base: str
    quote: str
    wallet: Wallet
    """Where spot and derivatives have their own."""
    is_dated: bool = False
    is_inverse: bool = False

    @property
    def is_spot(self) -> bool:
        return self.wallet is Wallet.SPOT

    @property
    def is_perpetual(self) -> bool:
        return not self.is_spot and not self.is_dated

    @property
    def settle(self) -> str:
        """The currency that trades are paid in: of an inverse contract, what it is of."""
        return self.base if self.is_inverse else self.quote

    def trade(self, position: Position, quantity: Decimal, price: Decimal) -> tuple[Position, Decimal]:
        """Trade a signed quantity of base units at a price; return the position after it and the P&L, in quote."""
        return (position.traded_by_face if self.is_inverse else position.traded)(quantity, price)

    def cost(self, position: Position) -> Decimal:
        """Return what a position cost in the currency it settles in.

        An inverse contract borrows that currency's worth: a wallet that is told less its positions' cost is told with
        the base units that they are of.
        """
        return -position.quantity if self.is_inverse else position.cost


def is_booked(symbol: str) -> bool:
    """Say whether the ledger can book this symbol."""
    try:
        market_of(symbol)
    except UnsupportedMarketError:
        return False
    return True


def is_inverse(symbol: str) -> bool:
    """Say whether a symbol is that of an inverse contract."""
    return is_booked(symbol) and market_of(symbol).is_inverse


def reported_position(symbol: str, quantity: Decimal, entry_price: Decimal) -> Position:
    """Make the position that a venue reports in base units at its entry price, booked market or not."""
    if not quantity or not is_inverse(symbol):
        return Position(quantity, quantity * entry_price)
    face = face_of(quantity, entry_price)
    return Position(face / entry_price, face)


def size_of(symbol: str, position: Position) -> Decimal:
    """Return what of a position no price changes: its base units, or an inverse contract's face."""
    return position.cost if is_inverse(symbol) else position.quantity


@cache
def market_of(symbol: str) -> Market:
    """Read a unified symbol (`BTC/USDT`, `BTC/USDT:USDT`, `BTC/USDT:USDT-261225`, `BTC/USD:BTC`).

    Raises UnsupportedMarketError for anything else.
    """
    pair, _, settlement = symbol.partition(":")
    base, _, quote = pair.partition("/")
    if not base or not quote:
        raise UnsupportedMarketError(symbol, "not a unified symbol")
    if not settlement:
        return Market(base, quote, Wallet.SPOT)
    currency, _, expiry = settlement.partition("-")
    if currency not in {base, quote}:
        raise UnsupportedMarketError(symbol, "only contracts that settle in their base or quote currency are booked")
    return Market(base, quote, Wallet.FUTURES, is_dated=bool(expiry), is_inverse=currency == base)
