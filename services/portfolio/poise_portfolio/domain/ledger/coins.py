"""Coins that contracts have settled in."""

from dataclasses import dataclass, replace
from decimal import Decimal

from poise_portfolio.domain.ledger.positions import FLAT, Position


@dataclass(frozen=True, slots=True)
class SettledCoin:
    """What inverse contracts have realised and been paid in a coin, less their fees: kept since, or owed.

    It cost what it was worth when it was settled, which is the P&L that was booked then; what its price does to it
    since is price P&L of the coin, and it is part of the coin's delta.
    """

    venue: str
    currency: str
    position: Position = FLAT

    def settled(self, amount: Decimal, price: Decimal) -> "tuple[SettledCoin, Decimal]":
        """Take a signed amount at its price; return what is kept now and the P&L that what it took away realised."""
        position, realised_pnl = self.position.traded(amount, price)
        return replace(self, position=position), realised_pnl
