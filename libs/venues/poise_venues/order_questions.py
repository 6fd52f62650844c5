"""Asking what became of orders: only a well-formed answer about the very order asked for counts."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from poise_common.domain.instruments import Instrument, Side
from poise_venues.answers import rows
from poise_venues.errors import VenueError
from poise_venues.exchange_mixins import noting_requests
from poise_venues.outcomes import FoundOrder, LookUpOutcome, NotFound, Unknown, VenueTrade
from poise_venues.session import SessionPart

_PAGE = 1000
_CLOCKS_DIFFER_BY = timedelta(seconds=30)
_TRADES_WINDOW = timedelta(hours=24)
"""The longest stretch of an account's trades that every market of every dialect searches in one request."""


class OrderQuestions(SessionPart):
    """What the venue knows of our orders and fills. Quantities are in base units."""

    async def find_order(self, instrument: Instrument, client_order_id: str) -> LookUpOutcome:
        """Ask for one order by its client id."""
        return await self._look_up(
            instrument,
            lambda: self._exchange.fetch_order(None, instrument.symbol, {"clientOrderId": client_order_id}),
            lambda order: order.client_order_id == client_order_id,
        )

    async def find_order_by_id(self, instrument: Instrument, order_id: str) -> LookUpOutcome:
        """Ask for one order by the venue's id."""
        return await self._look_up(
            instrument,
            lambda: self._exchange.fetch_order(order_id, instrument.symbol),
            lambda order: order.order_id == order_id,
        )

    async def find_order_in_list(self, instrument: Instrument, client_order_id: str, since: datetime) -> LookUpOutcome:
        """Look for an order in the list of all orders since a time by our clock: the second endpoint's word."""
        try:
            with self._session.reaching("looking for an order in the list"):
                orders = await self._orders_since(instrument, since - _CLOCKS_DIFFER_BY)
        except VenueError as error:
            return Unknown(reason=str(error), sent_at=None)
        return next((order for order in reversed(orders) if order.client_order_id == client_order_id), NotFound())

    async def order_trades(self, instrument: Instrument, order_id: str) -> tuple[VenueTrade, ...]:
        """Return the fills of an order as the venue lists them now; VenueUnreachable where it does not say."""
        with self._session.reaching("reading an order's trades"):
            trades = await self._all_trades(instrument, {"orderId": order_id}, {"orderId": order_id})
            strangers = {trade.order_id for trade in trades} - {order_id}
            if strangers:
                raise ValueError(f"trades of order {order_id} were asked for; there are some of {strangers}")
        return tuple(trades)

    async def trades_since(self, instrument: Instrument, since: datetime) -> tuple[VenueTrade, ...]:
        """Return the account's fills of an instrument since a time by our clock, whoever's they are, oldest first."""
        trades: dict[tuple[str, Side], VenueTrade] = {}
        now, start = self._now(), since
        with self._session.reaching(f"reading the account's trades of {instrument.symbol}"):
            while start <= now:
                window = {
                    "startTime": self._session.venue_ms(start),
                    "endTime": self._session.venue_ms(start + _TRADES_WINDOW),
                }
                found = await self._all_trades(instrument, window, {})
                trades |= {(trade.trade_id, trade.side): trade for trade in found}
                start += _TRADES_WINDOW
            return tuple(sorted(trades.values(), key=lambda trade: (trade.time, int(trade.trade_id))))

    async def open_orders_everywhere(self) -> tuple[FoundOrder, ...]:
        """Return all orders of the account that can still fill, whoever's they are, in one request a market."""
        orders: list[FoundOrder] = []
        with self._session.reaching("reading all open orders"):
            for market in self._dialect.order_markets():
                with noting_requests() as notes:
                    await self._exchange.fetch_open_orders(None, None, None, dict(market))
                is_contract = market["type"] != "spot"
                orders += [
                    self._dialect.read_order(self._exchange, raw, is_contract=is_contract)
                    for raw in rows(notes[-1].answer)
                ]
        return tuple(orders)

    async def _look_up(
        self,
        instrument: Instrument,
        ask: Callable[[], Awaitable[Any]],
        is_this_order: Callable[[FoundOrder], bool],
    ) -> LookUpOutcome:
        with noting_requests() as notes:
            try:
                with self._session.reaching("looking up an order"):
                    await ask()
                    order = self._read_order(instrument, notes[-1].answer)
            except VenueError as error:
                rejection = self._rejection(notes)
                if rejection is not None and self._dialect.is_order_not_found(rejection):
                    return NotFound()
                return Unknown(reason=str(error), sent_at=None)
        return order if is_this_order(order) else Unknown(reason=f"another order was answered: {order}", sent_at=None)

    async def _orders_since(self, instrument: Instrument, since: datetime) -> list[FoundOrder]:
        orders: list[FoundOrder] = []
        since_ms: int | None = self._session.venue_ms(since)
        params: dict[str, Any] = {}
        while True:
            with noting_requests() as notes:
                await self._exchange.fetch_orders(instrument.symbol, since_ms, _PAGE, params)
            page = [self._read_order(instrument, raw) for raw in rows(notes[-1].answer)]
            orders += page
            if len(page) < _PAGE:
                return orders
            since_ms, params = None, {"orderId": max(int(order.order_id) for order in page) + 1}

    async def _all_trades(
        self, instrument: Instrument, first: dict[str, Any], following: dict[str, Any]
    ) -> list[VenueTrade]:
        trades: list[VenueTrade] = []
        params = first
        while True:
            with noting_requests() as notes:
                await self._exchange.fetch_my_trades(instrument.symbol, None, _PAGE, params)
            page = [self._read_trade(instrument, raw) for raw in rows(notes[-1].answer)]
            trades += page
            if len(page) < _PAGE:
                return trades
            params = {**following, "fromId": max(int(trade.trade_id) for trade in page) + 1}
