"""Takes accounts' orders: checks, books, matches, rests, cancels."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from itertools import count

from poise_simulator.domain.accounts import Account, Bookkeeper
from poise_simulator.domain.events import Event, ExecutionType, OrderUpdated, UpdateReason
from poise_simulator.domain.filters import CheckedOrder, check_order
from poise_simulator.domain.funds import check_margin, check_spot_funds, lots_for_quote, spot_lock
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.margin_account import MarginDesk
from poise_simulator.domain.matching import RestingOrder
from poise_simulator.domain.orders import (
    SOUND,
    Handling,
    Order,
    OrderRequest,
    OrderResult,
    OrderStatus,
    Origin,
    Side,
    TimeInForce,
)
from poise_simulator.domain.rejections import Rejected, RejectReason
from poise_simulator.domain.settlement import Settlement
from poise_simulator.domain.slow_orders import SlowOrders
from poise_simulator.domain.working_orders import FIRST_ORDER_ID, WorkingOrder

ZERO = Decimal(0)

ListingOf = Callable[[Market, str], Listing]


class OrderDesk:
    """The life of accounts' orders, from request to end."""

    def __init__(
        self,
        listings: Mapping[tuple[Market, str], Listing],
        *,
        reference_price: Callable[[Listing], Decimal],
        margin: MarginDesk,
        bookkeeper: Bookkeeper,
        settlement: Settlement,
        events: list[Event],
        records_crossing_post_only: bool,
    ) -> None:
        """Use `reference_price` for price bands and margin (the mark, or spot's mid)."""
        self._listings = listings
        self._reference_price = reference_price
        self._margin = margin
        self._bookkeeper = bookkeeper
        self._settlement = settlement
        self._events = events
        self._records_crossing_post_only = records_crossing_post_only
        self._order_ids = count(FIRST_ORDER_ID)
        self._slow_orders = SlowOrders(settlement)

    def submit(
        self,
        account: Account,
        request: OrderRequest,
        time_ms: int,
        *,
        origin: Origin = Origin.CLIENT,
        handling: Handling = SOUND,
    ) -> OrderResult:
        """Take an order and match it. Raises `Rejected`, and then nothing has changed."""
        listing, checked, lots = self._checked(account, request)
        order = self.open_order(account, listing.instrument, checked, lots, time_ms, origin=origin)
        if order.market is Market.SPOT and checked.price_ticks is not None:
            self._lock(account, listing, order, checked.price_ticks, lots)
        is_killed = _would_take(listing, checked) or (
            request.time_in_force is TimeInForce.FOK
            and not self._settlement.can_fill(listing, order.side, lots, checked.limit_ticks, taker=account)
        )
        if not is_killed:
            at_once = self._slow_orders.lots_at_once(order, lots, handling)
            lots -= at_once
            lots += self._settlement.sweep(
                listing, order.side, at_once, checked.limit_ticks, time_ms, taker=(account, order)
            )
        if is_killed:
            self._settlement.end(account, listing, order, OrderStatus.EXPIRED, time_ms)
        elif lots and not self._slow_orders.keep(account, order, checked.limit_ticks, time_ms, handling):
            self._rest_or_expire(account, listing, order, checked=checked, lots=lots, time_ms=time_ms)
        listing.publish_depth(time_ms)
        return OrderResult(order.view(), tuple(order.fills))

    def check(self, account: Account, request: OrderRequest) -> None:
        """Apply the checks of `submit`. Raises `Rejected`."""
        self._checked(account, request)

    def cancel(self, account: Account, order: WorkingOrder, time_ms: int) -> Order:
        """Cancel an open order."""
        listing = self._listings[order.market, order.symbol]
        self._settlement.end(account, listing, order, OrderStatus.CANCELED, time_ms)
        listing.publish_depth(time_ms)
        return order.view()

    def finish_slow_orders(self, time_ms: int) -> None:
        """Trade and end the orders that were to be finished by now."""
        self._slow_orders.finish_due(self._listings, time_ms)

    def open_order(
        self,
        account: Account,
        instrument: Instrument,
        checked: CheckedOrder,
        lots: int,
        time_ms: int,
        *,
        origin: Origin,
    ) -> WorkingOrder:
        """Put an order of `lots` on the account's list; nothing has traded yet."""
        request, order_id = checked.request, next(self._order_ids)
        order = WorkingOrder(
            order_id=order_id,
            client_order_id=request.client_order_id or f"auto-{order_id}",
            account_id=account.account_id,
            market=request.market,
            symbol=request.symbol,
            side=request.side,
            type=request.type,
            time_in_force=request.time_in_force,
            price=request.price or ZERO,
            quantity=instrument.quantity_of(lots),
            quote_quantity=request.quote_quantity,
            reduce_only=request.reduce_only,
            origin=origin,
            created_ms=time_ms,
            updated_ms=time_ms,
        )
        account.archive.add(order)
        self._events.append(OrderUpdated(account.account_id, time_ms, ExecutionType.NEW, order.view(), None))
        return order

    def _checked(self, account: Account, request: OrderRequest) -> tuple[Listing, CheckedOrder, int]:
        listing = self._listings.get((request.market, request.symbol))
        if listing is None:
            raise Rejected(RejectReason.UNKNOWN_SYMBOL, f"{request.market} {request.symbol}")
        if request.market is Market.SPOT and request.reduce_only:
            raise Rejected(RejectReason.MALFORMED_ORDER, "spot orders can't be reduce-only")
        reference = self._reference_price(listing)
        checked = check_order(listing.instrument, request, reference)
        client_id = request.client_order_id
        if client_id is not None and account.archive.is_client_id_open(request.market, request.symbol, client_id):
            raise Rejected(RejectReason.DUPLICATE_CLIENT_ORDER_ID, client_id)
        if _would_take(listing, checked) and not self._records_crossing_post_only:
            raise Rejected(RejectReason.POST_ONLY_WOULD_TAKE, f"price {request.price}")
        lots = self._lots(account, listing, checked)
        if request.market is Market.SPOT:
            check_spot_funds(self._margin, account, listing, checked, lots)
        else:
            check_margin(self._margin, account, listing, checked, lots=lots, mark=reference)
        return listing, checked, lots

    def _lots(self, account: Account, listing: Listing, checked: CheckedOrder) -> int:
        request, instrument = checked.request, listing.instrument
        if checked.lots is None:
            quote = request.quote_quantity or ZERO
            if request.market is Market.FUTURES:
                raise Rejected(RejectReason.MALFORMED_ORDER, "perpetuals take no quote_quantity")
            lots = lots_for_quote(listing.book, instrument, request.side, quote)
            if lots == 0:
                raise Rejected(RejectReason.LOT_SIZE, f"{quote} {instrument.quote} trades less than one step")
            return lots
        if not request.reduce_only:
            return checked.lots
        held = account.futures.position(request.symbol).quantity
        resting = (o for o in account.archive.open_in(Market.FUTURES, request.symbol) if o.reduce_only)
        reducible = abs(held) - sum((o.remaining_quantity for o in resting), ZERO)
        if held * request.side.sign >= 0 or reducible <= 0:
            raise Rejected(RejectReason.REDUCE_ONLY_REJECTED, f"position {held}, {reducible} not yet on offer")
        return min(checked.lots, instrument.lots_of(reducible) or 0)

    def _lock(self, account: Account, listing: Listing, order: WorkingOrder, ticks: int, lots: int) -> None:
        instrument = listing.instrument
        asset = instrument.quote if order.side is Side.BUY else instrument.base
        account.spot.lock(asset, spot_lock(instrument, order.side, ticks, lots))
        self._bookkeeper.tell_spot(account, asset, ZERO, order.created_ms, UpdateReason.ORDER)

    def _rest_or_expire(
        self,
        account: Account,
        listing: Listing,
        order: WorkingOrder,
        *,
        checked: CheckedOrder,
        lots: int,
        time_ms: int,
    ) -> None:
        may_rest = order.time_in_force in {TimeInForce.GTC, TimeInForce.POST_ONLY}
        if checked.price_ticks is None or not may_rest:
            self._settlement.end(account, listing, order, OrderStatus.EXPIRED, time_ms)
            return
        order.resting = RestingOrder(order.order_id, account.owner, order.side, checked.price_ticks, lots)
        listing.book.rest(order.resting)


def _would_take(listing: Listing, checked: CheckedOrder) -> bool:
    """Tell that a post-only order would not rest."""
    request, ticks = checked.request, checked.price_ticks
    is_post_only = request.time_in_force is TimeInForce.POST_ONLY
    return is_post_only and ticks is not None and listing.book.would_take(request.side, ticks)
