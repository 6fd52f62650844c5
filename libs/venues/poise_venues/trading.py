"""Trading at a venue: every answer is a success that was read whole, a definite no, or unknown."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from redis.asyncio import Redis

from poise_common.domain.clock import Clock, from_ms, to_ms
from poise_common.domain.instruments import Instrument, Side
from poise_venues.dialects import Rejection
from poise_venues.errors import BudgetExhausted, KeyTooPowerful, KeyTooWeak, VenueError
from poise_venues.exchange_mixins import RequestNote, noting_requests
from poise_venues.instruments import to_base_units, to_contracts
from poise_venues.outcomes import (
    Accepted,
    Account,
    FoundOrder,
    Income,
    LookUpOutcome,
    NotFound,
    Refused,
    SubmitOutcome,
    Unknown,
    VenueTrade,
)
from poise_venues.parameters import VenueConfig
from poise_venues.session import Session, open_session

_CLIENT_ORDER_ID = re.compile(r"^[a-z][a-z0-9]{1,31}$")
_TERMINAL = frozenset({"closed", "canceled", "expired", "rejected"})
_STATUSES = _TERMINAL | {"open"}
_PAGE = 1000
_CLOCKS_DIFFER_BY = timedelta(seconds=30)


class TradingSession:
    """A venue account that orders are sent with. Quantities are in base units everywhere."""

    def __init__(self, session: Session, now: Clock) -> None:
        self._session = session
        self._exchange = session.exchange
        self._dialect = session.dialect
        self._now = now

    @property
    def venue(self) -> str:
        return self._session.venue

    async def connect(self) -> None:
        """Read the markets and the key's powers.

        Raises VenueUnreachable, KeyTooPowerful (the key may move money out) or KeyTooWeak (it may not trade).
        """
        await self._session.connect()
        with self._session.reaching("reading the key's powers"):
            powers = await self._dialect.key_powers(self._exchange)
        if powers.may_move_money_out:
            raise KeyTooPowerful(self.venue, powers.may_move_money_out)
        trades = {"trade spot": powers.may_trade_spot, "trade derivatives": powers.may_trade_derivatives}
        missing = tuple(power for power, granted in trades.items() if not granted)
        if missing:
            raise KeyTooWeak(self.venue, missing)

    async def close(self) -> None:
        await self._session.close()

    async def submit_ioc(
        self,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        limit_price: Decimal,
        client_order_id: str,
        *,
        reduce_only: bool,
    ) -> SubmitOutcome:
        """Send one price-capped immediate-or-cancel order, once; never raises for what the venue does.

        Raises ValueError for a client order id off `[a-z][a-z0-9]{1,31}`, or quantity or price off the steps.
        """
        _check_order(instrument, quantity, limit_price, client_order_id)
        params: dict[str, Any] = {"timeInForce": "IOC", "clientOrderId": client_order_id}
        if reduce_only and instrument.is_derivative:
            params["reduceOnly"] = True
        with noting_requests() as notes:
            try:
                order = await self._exchange.create_order(
                    instrument.symbol,
                    "limit",
                    side.value,
                    format(to_contracts(quantity, instrument.contract_size), "f"),
                    format(limit_price, "f"),
                    params,
                )
                return self._accepted(instrument, client_order_id, order, notes)
            except BudgetExhausted as error:
                return Refused(code="rate_limited_here", text=str(error), sent_at=None)
            except Exception as error:  # noqa: BLE001  # whatever the answer broke in, the order may exist
                return self._refused_or_unknown(error, notes)

    async def find_order(self, instrument: Instrument, client_order_id: str) -> LookUpOutcome:
        """Ask for one order by its client id."""
        return await self._look_up(
            self._exchange.fetch_order(None, instrument.symbol, {"origClientOrderId": client_order_id}),
            instrument,
            client_order_id,
        )

    async def find_order_in_list(self, instrument: Instrument, client_order_id: str, since: datetime) -> LookUpOutcome:
        """Look for an order in the list of all orders since a time by our clock: the second endpoint's word."""
        since_ms = to_ms(since - _CLOCKS_DIFFER_BY)
        return await self._look_up(
            self._exchange.fetch_orders(instrument.symbol, since_ms, _PAGE), instrument, client_order_id
        )

    async def order_trades(self, instrument: Instrument, order_id: str) -> tuple[VenueTrade, ...]:
        """Return the fills of an order as the venue lists them now; VenueUnreachable where it does not say."""
        with self._session.reaching("reading an order's trades"):
            trades: list[VenueTrade] = []
            params: dict[str, Any] = {"orderId": order_id}
            while True:
                page = await self._exchange.fetch_my_trades(instrument.symbol, None, _PAGE, params)
                trades += [_trade(instrument, raw) for raw in page if str(raw["order"]) == order_id]
                if len(page) < _PAGE:
                    return tuple(trades)
                params["fromId"] = int(page[-1]["id"]) + 1

    async def open_orders(self, instrument: Instrument) -> tuple[FoundOrder, ...]:
        """Return the orders of an instrument that can still fill."""
        with self._session.reaching("reading open orders"):
            return tuple(
                _found(instrument, order) for order in await self._exchange.fetch_open_orders(instrument.symbol)
            )

    async def cancel_all(self, instrument: Instrument) -> None:
        """Cancel every open order of an instrument; that there is none is fine."""
        if await self.open_orders(instrument):
            with self._session.reaching("cancelling all orders"):
                await self._exchange.cancel_all_orders(instrument.symbol)

    async def account(self) -> Account:
        """Read balances of all wallets, positions and margin figures."""
        with self._session.reaching("reading the account"):
            return await self._dialect.account(self._exchange, self._now())

    async def funding_income(self, since: datetime) -> tuple[Income, ...]:
        """Read the funding payments since a time, oldest first."""
        with self._session.reaching("reading funding payments"):
            return await self._dialect.funding_income(self._exchange, since)

    async def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """Set one-way mode, cross margin and the leverage of a derivative."""
        with self._session.reaching("setting leverage and margin mode"):
            await self._dialect.use_one_way_cross_margin(self._exchange, instrument.symbol)
            await self._exchange.set_leverage(leverage, instrument.symbol)

    async def _look_up(self, asking: Any, instrument: Instrument, client_order_id: str) -> LookUpOutcome:
        try:
            with noting_requests() as notes, self._session.reaching("looking up an order"):
                answer = await asking
                orders = answer if isinstance(answer, list) else [answer]
                found = [_found(instrument, order) for order in orders if order["clientOrderId"] == client_order_id]
        except VenueError as error:
            rejection = self._rejection(notes)
            if rejection is not None and self._dialect.is_order_not_found(rejection):
                return NotFound()
            return Unknown(reason=str(error), sent_at=None)
        return found[-1] if found else NotFound()

    def _rejection(self, notes: list[RequestNote]) -> Rejection | None:
        if not notes or notes[-1].status is None:
            return None
        return self._dialect.rejection(notes[-1].status, notes[-1].body or "")

    def _accepted(
        self, instrument: Instrument, client_order_id: str, order: Mapping[str, Any], notes: list[RequestNote]
    ) -> SubmitOutcome:
        sent_at = notes[-1].sent_at
        if not order["id"] or order["clientOrderId"] != client_order_id or order["status"] not in _STATUSES:
            return Unknown(reason="the answer is not about this order", sent_at=sent_at)
        found = _found(instrument, order)
        return Accepted(
            order_id=found.order_id,
            filled_quantity=found.filled_quantity,
            average_price=found.average_price,
            terminal=found.terminal,
            sent_at=sent_at,
        )

    def _refused_or_unknown(self, error: Exception, notes: list[RequestNote]) -> SubmitOutcome:
        text = f"{type(error).__name__}: {error}"
        if not notes:
            return Refused(code="not_sent", text=text, sent_at=None)
        rejection = self._rejection(notes)
        if rejection is not None and self._dialect.is_definite_refusal(rejection):
            return Refused(code=rejection.code, text=rejection.text, sent_at=notes[-1].sent_at)
        return Unknown(reason=text, sent_at=notes[-1].sent_at)


def open_trading_session(venue: str, config: VenueConfig, *, redis: Redis, now: Clock) -> TradingSession:
    """Make a trading session without touching the network; KeyTooWeak where no key is configured."""
    if config.credentials() is None:
        raise KeyTooWeak(venue, ("do anything: no api_key_file and secret_file are configured",))
    return TradingSession(open_session(venue, config, redis=redis, now=now, number=Decimal), now)


def _check_order(instrument: Instrument, quantity: Decimal, limit_price: Decimal, client_order_id: str) -> None:
    if not _CLIENT_ORDER_ID.match(client_order_id):
        raise ValueError(f"client order id {client_order_id!r} is not [a-z][a-z0-9]{{1,31}}")
    if quantity <= 0 or instrument.round_quantity(quantity) != quantity:
        raise ValueError(f"{instrument.symbol}: quantity {quantity} is off the step {instrument.quantity_step}")
    if limit_price <= 0 or instrument.round_price(limit_price) != limit_price:
        raise ValueError(f"{instrument.symbol}: price {limit_price} is off the tick {instrument.price_tick}")


def _found(instrument: Instrument, order: Mapping[str, Any]) -> FoundOrder:
    filled = to_base_units(Decimal(order["filled"]), instrument.contract_size)
    return FoundOrder(
        order_id=str(order["id"]),
        client_order_id=str(order["clientOrderId"]),
        symbol=instrument.symbol,
        side=Side(order["side"]),
        quantity=to_base_units(Decimal(order["amount"]), instrument.contract_size),
        filled_quantity=filled,
        average_price=Decimal(order["average"]) if filled and order["average"] else None,
        terminal=order["status"] in _TERMINAL,
    )


def _trade(instrument: Instrument, trade: Mapping[str, Any]) -> VenueTrade:
    return VenueTrade(
        trade_id=str(trade["id"]),
        order_id=str(trade["order"]),
        symbol=instrument.symbol,
        side=Side(trade["side"]),
        price=Decimal(trade["price"]),
        quantity=to_base_units(Decimal(trade["amount"]), instrument.contract_size),
        fee=Decimal(trade["fee"]["cost"]),
        fee_currency=str(trade["fee"]["currency"]),
        time=from_ms(int(trade["timestamp"])),
    )
