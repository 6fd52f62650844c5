"""What the legs of a package hold beyond what is counted: orders of which not every fill is known yet."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from poise_common.contracts.packages import LegRole
from poise_execution.domain.orders import Order
from poise_execution.domain.packages import Package, opening_side
from poise_execution.domain.state import ExecutionState


def reserved_held(state: ExecutionState, package: Package, orders: Iterable[Order], role: LegRole) -> Decimal:
    """Return what a leg counts as holding: its fills, and orders in doubt as if filled in full."""
    return _held(state, package, orders, role, lambda order: order.counted_quantity)


def shown_held(state: ExecutionState, package: Package, orders: Iterable[Order], role: LegRole) -> Decimal:
    """Return what a leg holds by what the venue has shown of its orders so far."""
    return _held(state, package, orders, role, lambda order: order.filled_quantity)


def _held(
    state: ExecutionState,
    package: Package,
    orders: Iterable[Order],
    role: LegRole,
    quantity_of: Callable[[Order], Decimal],
) -> Decimal:
    uncounted = sum(
        (
            order.side.sign * (quantity_of(order) - state.counted_quantity(order.client_order_id))
            for order in orders
            if order.role is role and not order.is_closed
        ),
        Decimal(0),
    )
    return package.held(role) + opening_side(role).sign * uncounted
