"""Counts the venue's trades as fills of ours: each once, to its own order and package."""

from datetime import datetime

from poise_common.contracts.core import Output, Publish
from poise_execution.domain.account_watch import AccountWatch
from poise_execution.domain.orders import Fill, Order
from poise_execution.domain.reports import leg_filled
from poise_execution.domain.results import VenueTrade
from poise_execution.domain.state import ExecutionState


class FillBook:
    """Every fill goes through here, whatever brought it to light."""

    def __init__(self, state: ExecutionState, accounts: AccountWatch) -> None:
        self._state = state
        self._accounts = accounts

    def count(self, order: Order, trade: VenueTrade, now: datetime) -> list[Output]:
        """Count a trade of an order; one that was counted before changes nothing."""
        fill = Fill(
            venue=order.venue,
            symbol=order.symbol,
            trade_id=trade.trade_id,
            client_order_id=order.client_order_id,
            order_id=order.order_id or "",
            side=order.side,
            quantity=trade.quantity,
            price=trade.price,
            fee=trade.fee,
            fee_currency=trade.fee_currency,
            filled_at=trade.traded_at,
        )
        if fill.key in self._state.fills:
            return []
        mandate = self._state.mandates[order.approval_id]
        package = self._state.packages[order.package_id]
        return [
            self._state.put(fill),
            *self._accounts.filled(package.instrument(order.role), fill, now),
            self._state.put(package.filled(order.role, fill)),
            Publish(leg_filled(mandate, order, fill, now)),
        ]
