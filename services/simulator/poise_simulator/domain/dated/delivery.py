"""What delivery does to accounts: orders end, positions are settled in cash at the delivery price."""

from collections.abc import Iterable

from poise_simulator.domain.accounts import Account, Bookkeeper
from poise_simulator.domain.dated.contracts import DatedContract
from poise_simulator.domain.events import ContractDelivered, Event, PositionUpdated, UpdateReason
from poise_simulator.domain.instruments import Market, TradingStatus
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.order_desk import OrderDesk


class Deliveries:
    """Settles expired contracts, for every account at once."""

    def __init__(self, desk: OrderDesk, bookkeeper: Bookkeeper, margin: MarginDesk, events: list[Event]) -> None:
        """Cancel by the order desk, pay by the bookkeeper."""
        self._desk = desk
        self._bookkeeper = bookkeeper
        self._margin = margin
        self._events = events
        self.delivered: list[ContractDelivered] = []

    def deliver(self, contract: DatedContract, accounts: Iterable[Account], time_ms: int) -> None:
        """Cancel all orders, close the book for good, and settle every position: what one side gets, the other pays."""
        price, symbol = contract.delivery_price(), contract.symbol
        holders = list(accounts)
        for account in holders:
            for order in account.archive.open_in(Market.FUTURES, symbol):
                self._desk.cancel(account, order, time_ms)
        contract.listing.set_status(TradingStatus.DELIVERED)
        contract.mark = contract.settle_estimate = price
        for account in holders:
            position = account.futures.position(symbol)
            if position.quantity:
                self._bookkeeper.deliver(account, symbol, price, time_ms)
                settled = self._margin.position(account, symbol)
                self._events.append(PositionUpdated(account.account_id, time_ms, settled, UpdateReason.DELIVERY))
        delivered = ContractDelivered(symbol, contract.term.expires_ms, price)
        self.delivered.append(delivered)
        self._events.append(delivered)
