"""Asking what became of orders: only a well-formed answer about the very order asked for counts."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from poise_common.domain.instruments import Instrument, Side
from poise_venues.errors import VenueError
from poise_venues.exchange_mixins import noting_requests
from poise_venues.outcomes import FoundOrder, LookUpOutcome, NotFound, Unknown, VenueTrade
from poise_venues.session_part import SessionPart

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
                since_ms = self._session.venue_ms(since - _CLOCKS_DIFFER_BY)
                raw_orders = await self._dialect.orders_since(self._exchange, instrument.symbol, since_ms)
                orders = [self._read_listed(instrument, raw) for raw in raw_orders]
        except VenueError as error:
            return Unknown(reason=str(error), sent_at=None)
        return next((order for order in reversed(orders) if order.client_order_id == client_order_id), NotFound())

    async def order_trades(self, instrument: Instrument, order_id: str) -> tuple[VenueTrade, ...]:
        """Return the fills of an order as the venue lists them now; VenueUnreachable where it does not say."""
        with self._session.reaching("reading an order's trades"):
            raw_trades = await self._dialect.trades_of_order(self._exchange, instrument.symbol, order_id)
            trades = [self._read_trade(instrument, raw) for raw in raw_trades]
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
                start_ms, end_ms = self._session.venue_ms(start), self._session.venue_ms(start + _TRADES_WINDOW)
                for raw in await self._dialect.trades_between(self._exchange, instrument.symbol, start_ms, end_ms):
                    trade = self._read_trade(instrument, raw)
                    trades[trade.trade_id, trade.side] = trade
                start += _TRADES_WINDOW
            return tuple(sorted(trades.values(), key=lambda trade: (trade.time, int(trade.trade_id))))

    async def open_orders_everywhere(self) -> tuple[FoundOrder, ...]:
        """Return all orders of the account that can still fill, whoever's they are."""
        with self._session.reaching("reading all open orders"):
            return tuple(await self._dialect.open_orders(self._exchange))

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
