"""A net position at average cost."""

from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Position:
    """A signed quantity in base units and the signed money it was built with, in quote."""

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

    def _reducing_part(self, quantity: Decimal) -> Decimal:
        if self.quantity * quantity >= 0:
            return ZERO
        return quantity if abs(quantity) <= abs(self.quantity) else -self.quantity


FLAT = Position()
