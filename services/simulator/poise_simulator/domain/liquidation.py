"""Takes over accounts whose margin no longer holds their positions."""

from collections.abc import Iterable, Mapping

from poise_simulator.domain.accounts import Account, Bookkeeper
from poise_simulator.domain.events import Event, OrderLiquidated
from poise_simulator.domain.forced_orders import ForcedOrders
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.order_desk import OrderDesk
from poise_simulator.domain.orders import Side


class Liquidator:
    """Cancels the orders of an account at its maintenance margin, then closes positions.

    Spot orders go only where they lock the cash that is the margin: in unified accounts.
    """

    def __init__(
        self,
        listings: Mapping[tuple[Market, str], Listing],
        *,
        margin: MarginDesk,
        desk: OrderDesk,
        forced_orders: ForcedOrders,
        bookkeeper: Bookkeeper,
        events: list[Event],
    ) -> None:
        """Close in the same books as everyone trades in."""
        self._listings = listings
        self._margin = margin
        self._desk = desk
        self._forced_orders = forced_orders
        self._bookkeeper = bookkeeper
        self._events = events

    def run(self, accounts: Iterable[Account], time_ms: int) -> None:
        """Check every account; worst losses are closed first, until the margin holds again."""
        for account in accounts:
            if self._is_due(account) or self._is_overdrawn(account):
                self._cancel_orders(account, time_ms)
                self._close_positions(account, time_ms)

    def liquidate(self, account: Account, symbol: str, time_ms: int) -> None:
        """Take over one position, whether or not its margin holds it, with the symbol's orders cancelled first."""
        for order in account.archive.open_in(Market.FUTURES, symbol):
            self._desk.cancel(account, order, time_ms)
        self._close(account, symbol, time_ms)
        self._cover(account, time_ms)

    def _cancel_orders(self, account: Account, time_ms: int) -> None:
        markets = list(Market) if account.is_unified else [Market.FUTURES]
        for market in markets:
            for order in account.archive.open_in(market):
                self._desk.cancel(account, order, time_ms)

    def _is_overdrawn(self, account: Account) -> bool:
        """Tell that a unified account's losses have eaten into what its spot orders have locked."""
        return account.is_unified and self._margin.margin_balance(account) < 0

    def _close_positions(self, account: Account, time_ms: int) -> None:
        held = [self._margin.position(account, s) for s, p in account.futures.positions.items() if p.quantity]
        for position in sorted(held, key=lambda p: p.unrealised_pnl):
            if not self._is_due(account):
                return
            self._close(account, position.symbol, time_ms)
        self._cover(account, time_ms)

    def _close(self, account: Account, symbol: str, time_ms: int) -> None:
        position = self._margin.position(account, symbol)
        side = Side.SELL if position.quantity > 0 else Side.BUY
        quantity = abs(position.quantity)
        self._events.append(OrderLiquidated(account.account_id, time_ms, symbol, side, quantity, position.mark))
        self._forced_orders.close_at_market(account, self._listings[Market.FUTURES, symbol], time_ms)

    def _cover(self, account: Account, time_ms: int) -> None:
        is_flat = not any(position.quantity for position in account.futures.positions.values())
        if is_flat and account.futures.balance < 0:
            self._bookkeeper.cover_shortfall(account, time_ms)

    def _is_due(self, account: Account) -> bool:
        maintenance = self._margin.maintenance(account)
        return maintenance > 0 and self._margin.margin_balance(account) <= maintenance
