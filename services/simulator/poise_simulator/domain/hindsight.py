"""Accounts as they stood some time ago, told from their orders, fills and records."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from poise_simulator.domain.account_queries import AccountQueries
from poise_simulator.domain.accounts import Account
from poise_simulator.domain.instruments import Instrument, Market
from poise_simulator.domain.matching import RestingOrder
from poise_simulator.domain.orders import Fill, OrderStatus, OrderType, Side, TimeInForce
from poise_simulator.domain.venue import Venue
from poise_simulator.domain.working_orders import WorkingOrder

ZERO = Decimal(0)


class LateView(AccountQueries):
    """An exchange whose accounts are read late; books, marks and the clock are of now."""

    def __init__(self, venue: Venue, lag_ms: int) -> None:
        """Look back `lag_ms`."""
        super().__init__(venue)
        self._lag_ms = lag_ms

    def _account(self, account_id: str) -> Account:
        return account_as_of(super()._account(account_id), self.now_ms - self._lag_ms, self.instruments)


def account_as_of(account: Account, time_ms: int, instruments: Mapping[tuple[Market, str], Instrument]) -> Account:
    """Rebuild an account at an earlier time; leverages, and what reduce-only orders were trimmed to, are of now."""
    past = Account(account.account_id, account.owner, account.futures.asset, is_unified=account.is_unified)
    for order in account.archive.orders.values():
        if order.created_ms <= time_ms:
            _place(past, _order_as_of(order, account.owner, time_ms))
    past.archive.fills = [fill for fill in account.archive.fills if fill.time_ms <= time_ms]
    _rebuild_futures(past, account, time_ms, instruments)
    _rebuild_spot(past, account, time_ms, instruments)
    return past


def _place(past: Account, order: WorkingOrder) -> None:
    past.archive.add(order)
    if not order.status.is_open:
        del past.archive.open[order.order_id]


def _order_as_of(order: WorkingOrder, owner: int, time_ms: int) -> WorkingOrder:
    if order.updated_ms <= time_ms:
        return replace(order)
    fills = [fill for fill in order.fills if fill.time_ms <= time_ms]
    return replace(
        order,
        fills=fills,
        executed_quantity=sum((fill.quantity for fill in fills), ZERO),
        executed_quote=sum((fill.quote_quantity for fill in fills), ZERO),
        status=OrderStatus.PARTIALLY_FILLED if fills else OrderStatus.NEW,
        resting=_place_in_the_book(order, owner),
        updated_ms=fills[-1].time_ms if fills else order.created_ms,
    )


def _place_in_the_book(order: WorkingOrder, owner: int) -> RestingOrder | None:
    """Tell that an open order stood in the book, where margins ask for it; its ticks and lots are not known."""
    if order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK} or order.type is OrderType.MARKET:
        return None
    return order.resting or RestingOrder(order.order_id, owner, order.side, 0, 0)


def _rebuild_futures(
    past: Account, account: Account, time_ms: int, instruments: Mapping[tuple[Market, str], Instrument]
) -> None:
    past.futures.leverages = dict(account.futures.leverages)
    for record in account.futures.records:
        if record.time_ms <= time_ms:
            past.futures.enter(record)
    for fill in past.archive.fills:
        if fill.market is Market.FUTURES:
            position = past.futures.position(fill.symbol)
            position.apply(fill.side.sign * fill.quantity, fill.price, fill.time_ms)
    for symbol in list(past.futures.positions):
        expires_ms = instruments[Market.FUTURES, symbol].expires_ms
        if expires_ms is not None and expires_ms <= time_ms:
            del past.futures.positions[symbol]


def _rebuild_spot(
    past: Account, account: Account, time_ms: int, instruments: Mapping[tuple[Market, str], Instrument]
) -> None:
    totals = {asset: account.spot.total(asset) for asset in account.spot.assets()}
    later_fills = (f for f in account.archive.fills if f.market is Market.SPOT and f.time_ms > time_ms)
    for asset, change in _changes(later_fills, instruments):
        totals[asset] = totals.get(asset, ZERO) - change
    past.spot.transfers = [transfer for transfer in account.spot.transfers if transfer.time_ms <= time_ms]
    for transfer in account.spot.transfers[len(past.spot.transfers) :]:
        totals[transfer.asset] -= transfer.amount
    if account.is_unified:
        later_records = (record.amount for record in account.futures.records if record.time_ms > time_ms)
        totals[account.futures.asset] -= sum(later_records, ZERO)
    for asset, total in totals.items():
        past.spot.add(asset, total - past.spot.total(asset))
    for order in past.archive.open_in(Market.SPOT):
        if order.type is OrderType.LIMIT:
            instrument = instruments[Market.SPOT, order.symbol]
            is_buy = order.side is Side.BUY
            locked = order.remaining_quantity * (order.price if is_buy else 1)
            past.spot.lock(instrument.quote if is_buy else instrument.base, locked)


def _changes(
    fills: Iterable[Fill], instruments: Mapping[tuple[Market, str], Instrument]
) -> Iterable[tuple[str, Decimal]]:
    for fill in fills:
        instrument = instruments[fill.market, fill.symbol]
        yield instrument.base, fill.side.sign * fill.quantity
        yield instrument.quote, -fill.side.sign * fill.quote_quantity
        yield fill.commission_asset, -fill.commission
