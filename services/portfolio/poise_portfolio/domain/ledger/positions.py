"""A net position at average cost."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

ZERO = Decimal(0)
_FACE_GRID = Decimal("0.01")
"""No venue's inverse contract has a smaller face; base units, told to 8 decimals, still give it back."""


@dataclass(frozen=True, slots=True)
class Position:
    """A signed quantity in base units and the signed money it was built with, in quote.

    Of an inverse contract the cost is its face, and the quantity what that face is at the entry price. A face N at the
    entry price E is worth N × (1/E − 1/P) of the base currency at a price P, which is N × P/E − N in quote: what a
    linear contract of N/E is worth that cost N.
    """

    quantity: Decimal = ZERO
    cost: Decimal = ZERO

    @property
    def entry_price(self) -> Decimal:
        """Average price of what is held; 0 when flat."""
        return self.cost / self.quantity if self.quantity else ZERO

    def unrealised_pnl(self, mark: Decimal) -> Decimal:
        """Value the position at a mark against its cost."""
        return self.quantity * mark - self.cost

    def traded(self, quantity: Decimal, price: Decimal) -> "tuple[Position, Decimal]":
        """Trade a signed quantity; return the position after it and the P&L it realised.

        What reduces the position realises against the average cost; what goes beyond opens anew at the price.
        """
        reducing = self._reducing_part(quantity)
        opening = quantity - reducing
        if not reducing:
            return Position(self.quantity + quantity, self.cost + quantity * price), ZERO
        cost_change = -self.cost if reducing == -self.quantity else self.cost * reducing / self.quantity
        after = Position(self.quantity + quantity, self.cost + cost_change + opening * price)
        return after, cost_change - reducing * price

    def traded_by_face(self, quantity: Decimal, price: Decimal) -> "tuple[Position, Decimal]":
        """Trade a signed quantity of an inverse contract; return the position after it and the P&L, in quote.

        The quantity is the face over the price of the trade, so that faces cancel and quantities do not: what closes a
        position at another price is another quantity. The average entry price is the harmonic one.
        """
        face = face_of(quantity, price)
        left = self.cost + face
        if self.cost * face >= 0:
            return Position(self.quantity + face / price, left), ZERO
        if self.cost * left <= 0:
            return Position(left / price, left), self.unrealised_pnl(price)
        reducing = self.quantity * face / self.cost
        return Position(self.quantity + reducing, left), face - reducing * price

    def _reducing_part(self, quantity: Decimal) -> Decimal:
        if self.quantity * quantity >= 0:
            return ZERO
        return quantity if abs(quantity) <= abs(self.quantity) else -self.quantity


FLAT = Position()


def face_of(quantity: Decimal, price: Decimal) -> Decimal:
    """Return the face of an inverse contract, in quote, from its base units at a price."""
    return (quantity * price).quantize(_FACE_GRID, ROUND_HALF_EVEN)
