"""A closing in the book, and a venue that shows what becomes of it."""

from decimal import Decimal
from typing import Any

from tests.unit.execution.messages import PERPETUAL, SPOT, book
from tests.unit.execution.rig import Rig

from poise_common.contracts.packages import LegRole, OrderStyle
from poise_execution.domain import effects, results

D = Decimal
REST: dict[str, Any] = {"style": OrderStyle.POST_ONLY}


def quote(rig: Rig) -> None:
    rig.hear(book(rig, SPOT, 99.98, 100.02))
    rig.hear(book(rig, PERPETUAL, 99.97, 100.03))


def shows(rig: Rig, client_order_id: str, filled: str, *, is_terminal: bool = False) -> None:
    """Have a look-up show an order as the venue has it now."""
    rig.take(effects.LookUpOrder)
    seen = results.OrderSeen(order_id=f"o-{client_order_id}", filled_quantity=D(filled), is_terminal=is_terminal)
    rig.look_up(client_order_id, seen)
    if is_terminal and D(filled) > 0:
        rig.list_trades()


def order_of(rig: Rig, role: LegRole) -> str:
    """Return the client id of the latest order of a leg."""
    return [order for order in rig.state.orders.values() if order.role is role][-1].client_order_id


def cancelled(rig: Rig) -> set[str]:
    return {cancel.client_order_id for cancel in rig.take(effects.CancelOrder)}


def gone(rig: Rig, role: LegRole, filled: str = "0") -> None:
    shows(rig, order_of(rig, role), filled, is_terminal=True)
