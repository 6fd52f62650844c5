"""What each match does to the orders and accounts on both of its sides."""

from collections.abc import Mapping
from decimal import Decimal

from poise_simulator.domain.accounts import Account, Bookkeeper
from poise_simulator.domain.events import (
    Event,
    ExecutionType,
    OrderUpdated,
    PositionUpdated,
    UpdateReason,
)
from poise_simulator.domain.fill_or_kill import can_fill
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.matching import MAKERS
from poise_simulator.domain.orders import Fill, OrderStatus, OrderType, Origin, Side
from poise_simulator.domain.views import Trade
from poise_simulator.domain.wallets import to_money
from poise_simulator.domain.working_orders import WorkingOrder

ZERO = Decimal(0)


class Settlement:
    """Runs takers through books, and settles every match at once, before the next one is made."""

    def __init__(
        self,
        accounts: Mapping[int, Account],
        bookkeeper: Bookkeeper,
        margin: MarginDesk,
        liquidation_fee_rate: Decimal,
        events: list[Event],
    ) -> None:
        """Know accounts by their owner number in the books."""
        self._accounts = accounts
        self._bookkeeper = bookkeeper
        self._margin = margin
        self._liquidation_fee_rate = liquidation_fee_rate
        self._events = events

    def sweep(
        self,
        listing: Listing,
        side: Side,
        lots: int,
        limit_ticks: int | None,
        time_ms: int,
        *,
        taker: tuple[Account, WorkingOrder] | None = None,
    ) -> int:
        """Take up to `lots` within the limit; returns the lots left. Synthetic flow has no `taker`."""
        for match in listing.book.match(side, lots, limit_ticks):
            lots -= match.lots
            trade = listing.print_trade(match, side, time_ms)
            if taker is not None:
                self.fill(listing, *taker, trade, is_maker=False)
            if match.maker.owner != MAKERS:
                owner = self._accounts[match.maker.owner]
                self.fill(listing, owner, owner.archive.orders[match.maker.order_id], trade, is_maker=True)
        return lots

    def can_fill(self, listing: Listing, side: Side, lots: int, limit_ticks: int | None, *, taker: Account) -> bool:
        """Tell whether a sweep would leave nothing over."""
        return can_fill(listing, side, lots, limit_ticks, taker=taker, accounts=self._accounts)

    def end(self, account: Account, listing: Listing, order: WorkingOrder, status: OrderStatus, time_ms: int) -> None:
        """Take an order off the book unfilled, and give back what it locked."""
        resting, order.resting = order.resting, None
        if resting is not None and resting.lots:
            listing.book.cancel(resting)
        order.status = status
        order.updated_ms = time_ms
        account.archive.open.pop(order.order_id, None)
        if order.market is Market.SPOT and order.type is OrderType.LIMIT:
            self._unlock(account, listing, order, time_ms)
        execution = ExecutionType.CANCELED if status is OrderStatus.CANCELED else ExecutionType.EXPIRED
        self._events.append(OrderUpdated(account.account_id, time_ms, execution, order.view(), None))

    def fill(self, listing: Listing, account: Account, order: WorkingOrder, trade: Trade, *, is_maker: bool) -> None:
        """Book one execution on one of its sides."""
        order.executed_quantity += trade.quantity
        order.executed_quote += trade.quote_quantity
        order.updated_ms = trade.time_ms
        is_done = order.executed_quantity == order.quantity
        order.status = OrderStatus.FILLED if is_done else OrderStatus.PARTIALLY_FILLED
        if is_done:
            order.resting = None
            account.archive.open.pop(order.order_id, None)
        realised = ZERO
        if order.market is Market.SPOT:
            self._bookkeeper.clear_spot(account, listing.instrument, order, trade.price, trade.quantity)
        else:
            position = account.futures.position(order.symbol)
            realised = position.apply(order.side.sign * trade.quantity, trade.price, trade.time_ms)
        fill = self._record(listing, account, order, trade, realised, is_maker=is_maker)
        if order.market is Market.SPOT:
            self._bookkeeper.charge_spot(account, listing.instrument, fill)
        else:
            fee = self._liquidation_fee_rate * fill.quote_quantity if order.origin is Origin.LIQUIDATION else ZERO
            self._bookkeeper.charge_futures(account, fill, to_money(fee))
        self._events.append(OrderUpdated(account.account_id, trade.time_ms, ExecutionType.TRADE, order.view(), fill))
        if order.market is Market.FUTURES:
            self._tell_position(account, order, trade.time_ms)
            self._trim_reduce_only(account, listing, trade.time_ms)

    def _record(
        self,
        listing: Listing,
        account: Account,
        order: WorkingOrder,
        trade: Trade,
        realised_pnl: Decimal,
        *,
        is_maker: bool,
    ) -> Fill:
        instrument = listing.instrument
        rate = instrument.maker_fee_rate if is_maker else instrument.taker_fee_rate
        is_base_fee = order.market is Market.SPOT and order.side is Side.BUY
        fill = Fill(
            trade_id=trade.trade_id,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            account_id=account.account_id,
            market=order.market,
            symbol=order.symbol,
            side=order.side,
            price=trade.price,
            quantity=trade.quantity,
            quote_quantity=trade.quote_quantity,
            commission=to_money((trade.quantity if is_base_fee else trade.quote_quantity) * rate),
            commission_asset=instrument.base if is_base_fee else instrument.quote,
            realised_pnl=realised_pnl,
            is_maker=is_maker,
            origin=order.origin,
            time_ms=trade.time_ms,
        )
        order.fills.append(fill)
        account.archive.fills.append(fill)
        return fill

    def _tell_position(self, account: Account, order: WorkingOrder, time_ms: int) -> None:
        reason = UpdateReason.LIQUIDATION if order.origin is Origin.LIQUIDATION else UpdateReason.ORDER
        position = self._margin.position(account, order.symbol)
        self._events.append(PositionUpdated(account.account_id, time_ms, position, reason))

    def _trim_reduce_only(self, account: Account, listing: Listing, time_ms: int) -> None:
        """Keep resting reduce-only orders within the position, the oldest first."""
        instrument = listing.instrument
        held = account.futures.position(instrument.symbol).quantity
        left = abs(held)
        for order in account.archive.open_in(Market.FUTURES, instrument.symbol):
            if not order.reduce_only or order.resting is None:
                continue
            allowed = left if held * order.side.sign < 0 else ZERO
            if allowed == 0:
                self.end(account, listing, order, OrderStatus.EXPIRED, time_ms)
                continue
            excess = order.remaining_quantity - allowed
            if excess > 0:
                listing.book.reduce(order.resting, instrument.lots_of(excess) or 0)
                order.quantity -= excess
            left -= order.remaining_quantity

    def _unlock(self, account: Account, listing: Listing, order: WorkingOrder, time_ms: int) -> None:
        instrument, remaining = listing.instrument, order.remaining_quantity
        if order.side is Side.BUY:
            asset, amount = instrument.quote, remaining * order.price
        else:
            asset, amount = instrument.base, remaining
        account.spot.lock(asset, -amount)
        self._bookkeeper.tell_spot(account, asset, ZERO, time_ms, UpdateReason.ORDER)
