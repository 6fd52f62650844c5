"""Orders that the exchange answers before it is done with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from poise_simulator.domain.accounts import Account
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.orders import Handling, OrderStatus, OrderType, TimeInForce
from poise_simulator.domain.settlement import Settlement
from poise_simulator.domain.working_orders import WorkingOrder


@dataclass(frozen=True, slots=True)
class _SlowOrder:
    account: Account
    order: WorkingOrder
    limit_ticks: int | None
    due_ms: int


class SlowOrders:
    """Keeps limit IOC orders open, off the book, until they are due; a cancel ends them as any open order."""

    def __init__(self, settlement: Settlement) -> None:
        """Keep none yet."""
        self._settlement = settlement
        self._waiting: list[_SlowOrder] = []

    def lots_at_once(self, order: WorkingOrder, lots: int, handling: Handling) -> int:
        """Count the lots that an order may trade when it comes in."""
        return int(lots * handling.fill_share_max) if _is_handled(order) else lots

    def keep(
        self, account: Account, order: WorkingOrder, limit_ticks: int | None, time_ms: int, handling: Handling
    ) -> bool:
        """Keep an order with something left, if its handling says so; false when it is to end now."""
        if handling.finish_after_ms is None or not _is_handled(order):
            return False
        self._waiting.append(_SlowOrder(account, order, limit_ticks, time_ms + handling.finish_after_ms))
        return True

    def finish_due(self, listings: Mapping[tuple[Market, str], Listing], time_ms: int) -> None:
        """Trade what is left of the orders that are due, and end them."""
        if not self._waiting:
            return
        due = [item for item in self._waiting if item.due_ms <= time_ms]
        self._waiting = [item for item in self._waiting if item.due_ms > time_ms]
        for item in due:
            if item.order.order_id in item.account.archive.open:
                self._finish(item, listings[item.order.market, item.order.symbol], time_ms)

    def _finish(self, item: _SlowOrder, listing: Listing, time_ms: int) -> None:
        order, lots = item.order, self._tradable_lots(item, listing)
        self._settlement.sweep(listing, order.side, lots, item.limit_ticks, time_ms, taker=(item.account, order))
        if order.status.is_open:
            self._settlement.end(item.account, listing, order, OrderStatus.EXPIRED, time_ms)
        listing.publish_depth(time_ms)

    def _tradable_lots(self, item: _SlowOrder, listing: Listing) -> int:
        """Count what may trade of an order now; a reduce-only one stays within the position, which may have shrunk."""
        if listing.is_halted:
            return 0
        order, quantity = item.order, item.order.remaining_quantity
        if order.reduce_only:
            held = item.account.futures.position(order.symbol).quantity
            quantity = min(quantity, abs(held)) if held * order.side.sign < 0 else 0 * quantity
        return listing.instrument.lots_of(quantity) or 0


def _is_handled(order: WorkingOrder) -> bool:
    return order.type is OrderType.LIMIT and order.time_in_force is TimeInForce.IOC
