"""What execution holds of a package, by its own fills."""

from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.packages import LegRole, PackageState
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain.orders import Fill

ENDED = frozenset({PackageState.CLOSED, PackageState.ABORTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package with the instruments it was opened with; held quantities are unsigned base units, net of base fees.

    The instruments stay with the package, so that it can be closed after its asset has left the universe.
    """

    package_id: UUID
    strategy: str
    asset: str
    state: PackageState
    long_instrument: Instrument
    short_instrument: Instrument
    long_held: Decimal = Decimal(0)
    short_held: Decimal = Decimal(0)

    def instrument(self, role: LegRole) -> Instrument:
        return self.long_instrument if role is LegRole.LONG else self.short_instrument

    def held(self, role: LegRole) -> Decimal:
        return self.long_held if role is LegRole.LONG else self.short_held

    def filled(self, role: LegRole, fill: Fill) -> "Package":
        """Return the package after a fill: bought or sold, less the fee where the base currency paid it."""
        bought = fill.side.sign * fill.quantity
        if fill.fee_currency == self.instrument(role).base and not self.instrument(role).is_derivative:
            bought -= fill.fee
        if role is LegRole.LONG:
            return replace(self, long_held=self.long_held + bought)
        return replace(self, short_held=self.short_held - bought)

    @property
    def residual_delta(self) -> Decimal:
        """Long minus short, base units."""
        return self.long_held - self.short_held


def opening_side(role: LegRole) -> Side:
    """Return the side that builds a leg up."""
    return Side.BUY if role is LegRole.LONG else Side.SELL


def closing_side(role: LegRole) -> Side:
    """Return the side that takes a leg down."""
    return opening_side(role).opposite
