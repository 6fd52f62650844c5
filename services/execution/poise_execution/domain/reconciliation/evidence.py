"""What an account's own lists say of orders: ours are handed to the order desk, the others' are told apart."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from poise_common.contracts.execution import Difference, DifferenceKind
from poise_common.contracts.message import Message
from poise_execution.domain.client_ids import approval_of
from poise_execution.domain.orders import FillKey, Order, OrderState
from poise_execution.domain.reconciliation.accounting import FUTURES_WALLET, SPOT_WALLET, Item
from poise_execution.domain.reports import STAGE
from poise_execution.domain.results import (
    AccountRead,
    AccountTrade,
    AccountTradesFetched,
    OpenOrder,
    OrderLookedUp,
    OrderSeen,
    TradesFetched,
)
from poise_execution.domain.state import ExecutionState

_LIQUIDATION_PREFIXES = {"autoclose-": "liquidated by the venue", "adl_autoclose": "deleveraged by the venue (ADL)"}


def own_open_orders(read: AccountRead, state: ExecutionState, now: datetime) -> Iterator[OrderLookedUp]:
    """Tell of our orders that are open at the venue and not to us: what was void or unknown rests."""
    for listed in read.open_orders:
        order = _own(state, read.venue, listed.symbol, listed.client_order_id)
        if order is not None and order.state in (OrderState.UNKNOWN, OrderState.VOID):
            seen = OrderSeen(order_id=listed.order_id, filled_quantity=listed.filled_quantity, is_terminal=False)
            yield _looked_up(read, order, seen, now)


def own_orders_found(
    fetched: AccountTradesFetched, state: ExecutionState, now: datetime
) -> Iterator[OrderLookedUp | TradesFetched]:
    """Tell of our orders that the account's trades show, and of those that traded after they were counted."""
    for found in fetched.orders:
        order = _own(state, fetched.venue, found.symbol, found.client_order_id)
        if order is not None and order.state is not OrderState.FINAL:
            yield _looked_up(fetched, order, found.seen, now)
    late: dict[str, list[AccountTrade]] = {}
    for trade in fetched.trades or ():
        order = _own_of_trade(state, fetched, trade)
        key = FillKey(fetched.venue, trade.symbol, trade.trade_id, trade.side)
        if order is not None and order.state is OrderState.FINAL and key not in state.fills:
            late.setdefault(order.client_order_id, []).append(trade)
    for client_order_id, trades in late.items():
        yield TradesFetched.caused_by(
            fetched, STAGE, now, client_order_id, client_order_id=client_order_id, trades=tuple(trades)
        )


def foreign_orders(read: AccountRead, state: ExecutionState, tolerated: frozenset[str]) -> dict[Item, Difference]:
    """Return a line for each open order that is neither ours nor acknowledged."""
    foreign = (
        listed
        for listed in read.open_orders
        if listed.order_id not in tolerated and _own(state, read.venue, listed.symbol, listed.client_order_id) is None
    )
    return {order_item(read.venue, listed): _order_line(listed) for listed in foreign}


def foreign_causes(fetched: AccountTradesFetched, state: ExecutionState) -> Mapping[str, str]:
    """Say by symbol what others traded: whose orders, and how much."""
    client_ids = {(found.symbol, found.seen.order_id): found.client_order_id for found in fetched.orders}
    texts: dict[str, list[str]] = {}
    for trade in fetched.trades or ():
        if _own_of_trade(state, fetched, trade) is None:
            client_id = client_ids.get((trade.symbol, trade.order_id), "")
            texts.setdefault(trade.symbol, []).append(_foreign_trade(trade, client_id))
    return {symbol: ", ".join(dict.fromkeys(found)) for symbol, found in texts.items()}


def order_item(venue: str, listed: OpenOrder) -> Item:
    wallet = FUTURES_WALLET if ":" in listed.symbol else SPOT_WALLET
    return Item(venue, wallet, DifferenceKind.ORDER, listed.order_id)


def _own(state: ExecutionState, venue: str, symbol: str, client_order_id: str) -> Order | None:
    order = state.orders.get(client_order_id)
    return order if order is not None and (order.venue, order.symbol) == (venue, symbol) else None


def _own_of_trade(state: ExecutionState, fetched: AccountTradesFetched, trade: AccountTrade) -> Order | None:
    named = {(found.symbol, found.seen.order_id): found.client_order_id for found in fetched.orders}
    if client_order_id := named.get((trade.symbol, trade.order_id)):
        return _own(state, fetched.venue, trade.symbol, client_order_id)
    key = fetched.venue, trade.symbol, trade.order_id
    return next((order for order in state.orders.values() if (order.venue, order.symbol, order.order_id) == key), None)


def _looked_up(cause: Message, order: Order, seen: OrderSeen, now: datetime) -> OrderLookedUp:
    return OrderLookedUp.caused_by(
        cause, STAGE, now, order.client_order_id, client_order_id=order.client_order_id, outcome=seen, asked_at=now
    )


def _order_line(listed: OpenOrder) -> Difference:
    return Difference(
        kind=DifferenceKind.ORDER,
        name=listed.order_id,
        wallet=order_item("", listed).wallet,
        expected=Decimal(0),
        actual=listed.side.sign * listed.open_quantity,
        detail=f"{listed.symbol}, client id {listed.client_order_id}{_claim(listed.client_order_id)}",
    )


def _foreign_trade(trade: AccountTrade, client_id: str) -> str:
    text = f"{trade.side.value} {trade.quantity:f} at {trade.price:f}, order {trade.order_id}"
    for prefix, cause in _LIQUIDATION_PREFIXES.items():
        if client_id.startswith(prefix):
            return f"{cause}: {text}"
    return f"foreign trade: {text}" + (f", client id {client_id}{_claim(client_id)}" if client_id else "")


def _claim(client_id: str) -> str:
    try:
        return f", which names approval {approval_of(client_id)} but is no order of our books"
    except ValueError:
        return ""
