"""How execution stands with a venue, in figures: for people to watch, and for no decision."""

from collections.abc import Callable
from decimal import Decimal

from poise_execution.domain.orders import OrderState
from poise_execution.domain.packages import ENDED, Package
from poise_execution.domain.state import ExecutionState


class VenueFigures:
    """Reads them off the state whenever it is asked."""

    def __init__(self, state: ExecutionState, long_price: Callable[[Package], Decimal]) -> None:
        """Use `long_price`, in quote, to value a package's residual."""
        self._state = state
        self._long_price = long_price

    def orders_unknown(self, venue: str) -> int:
        """Count the orders that may or may not exist at a venue."""
        return sum(order.state is OrderState.UNKNOWN for order in self._state.orders.values() if order.venue == venue)

    def residual_delta_usd(self, venue: str) -> Decimal:
        """Sum the residual deltas of packages that are held whose leg at this venue is the longer one, in USD.

        Positive where it is long: a package with too much of its short leg counts below zero.
        """
        return sum(
            (
                package.residual_delta * self._long_price(package)
                for package in self._state.packages.values()
                if package.state not in ENDED and package.residual_delta and _venue_of_the_excess(package) == venue
            ),
            Decimal(0),
        )


def _venue_of_the_excess(package: Package) -> str:
    instrument = package.long_instrument if package.residual_delta > 0 else package.short_instrument
    return instrument.venue
