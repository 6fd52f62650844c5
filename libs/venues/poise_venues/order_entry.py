"""Sending and cancelling orders: an answer is a success that was read whole, a definite no, or unknown."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from poise_common.domain.instruments import Instrument, Side
from poise_venues.errors import BudgetExhausted, VenueError
from poise_venues.exchange_mixins import RequestNote, noting_requests
from poise_venues.instruments import to_contracts
from poise_venues.outcomes import Accepted, FoundOrder, Refused, SubmitOutcome, Taken, Unknown
from poise_venues.session_part import SessionPart

_CLIENT_ORDER_ID = re.compile(r"^[a-z][a-z0-9]{1,31}$")


class OrderEntry(SessionPart):
    """What changes orders at the venue. Quantities are in base units."""

    async def submit_ioc(
        self,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        limit_price: Decimal,
        client_order_id: str,
        *,
        reduce_only: bool,
        intended_at: datetime,
    ) -> SubmitOutcome:
        """Send one price-capped immediate-or-cancel order, once; never raises for what the venue does.

        The venue refuses it by its own clock when it arrives later than the receive window after `intended_at`.
        Raises ValueError for a client order id off `[a-z][a-z0-9]{1,31}`, or quantity or price off the steps.
        """
        terms = {"timeInForce": "IOC", **_reducing(instrument, reduce_only=reduce_only)}
        return await self._submit(
            instrument,
            side,
            quantity,
            limit_price,
            client_order_id=client_order_id,
            terms=terms,
            intended_at=intended_at,
        )

    async def submit_post_only(
        self,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        client_order_id: str,
        *,
        reduce_only: bool,
        intended_at: datetime,
    ) -> SubmitOutcome:
        """Send one order that rests or is refused, once; otherwise as `submit_ioc`."""
        terms = {"postOnly": True, **_reducing(instrument, reduce_only=reduce_only)}
        return await self._submit(
            instrument, side, quantity, price, client_order_id=client_order_id, terms=terms, intended_at=intended_at
        )

    async def cancel(self, instrument: Instrument, client_order_id: str) -> None:
        """Ask for an order to be cancelled; that it is not open is fine.

        What was asked may not have happened, and the order may fill until the venue shows it terminal. Raises
        VenueUnreachable where the venue did not take the request.
        """
        with noting_requests() as notes:
            try:
                with self._session.reaching("cancelling an order"):
                    await self._exchange.cancel_order(None, instrument.symbol, {"clientOrderId": client_order_id})
                    taken = self._read_taken(instrument, notes[-1].answer)
                    # Of an order that is answered whole it may be the cancel's own.
                    if isinstance(taken, Taken) and taken.client_order_id != client_order_id:
                        raise ValueError(f"{client_order_id} was to be cancelled; answered: {taken}")
            except VenueError:
                rejection = self._rejection(notes)
                if rejection is None or not self._dialect.is_order_not_open(rejection):
                    raise

    def has_dead_mans_switch(self, instrument: Instrument) -> bool:
        """Say whether the venue can cancel an instrument's orders by itself when we stop renewing."""
        return self._dialect.has_dead_mans_switch(instrument)

    async def arm_dead_mans_switch(self, instrument: Instrument, countdown_s: float) -> None:
        """Start or renew the countdown after which the venue cancels all orders of an instrument; 0 stops it.

        Raises VenueUnreachable, and ValueError for an instrument without a switch.
        """
        if not self.has_dead_mans_switch(instrument):
            raise ValueError(f"{instrument.symbol} has no dead-man's switch")
        with self._session.reaching("arming the dead-man's switch"):
            await self._dialect.arm_dead_mans_switch(self._exchange, instrument.symbol, round(countdown_s * 1000))

    async def _submit(
        self,
        instrument: Instrument,
        side: Side,
        quantity: Decimal,
        price: Decimal,
        *,
        client_order_id: str,
        terms: dict[str, Any],
        intended_at: datetime,
    ) -> SubmitOutcome:
        _check_order(instrument, quantity, price, client_order_id)
        window_ms = self._session.parameters.receive_window_ms
        fence = self._dialect.intent_fence(self._session.venue_ms(intended_at), window_ms)
        with noting_requests() as notes:
            try:
                await self._exchange.create_order(
                    instrument.symbol,
                    "limit",
                    side.value,
                    format(to_contracts(quantity, instrument.contract_size), "f"),
                    format(price, "f"),
                    {"clientOrderId": client_order_id, **terms, **fence},
                )
                taken = self._read_taken(instrument, notes[-1].answer)
            except BudgetExhausted as error:
                return Refused(code="rate_limited_here", text=str(error), sent_at=None)
            except Exception as error:  # noqa: BLE001  # whatever the answer broke in, the order may exist
                return self._refused_or_unknown(instrument, error, notes)
        sent_at = notes[-1].sent_at
        order = await self._as_it_is_now(instrument, taken) if isinstance(taken, Taken) else taken
        if order is None:
            if taken.client_order_id != client_order_id:
                return Unknown(reason=f"the answer is about another order: {taken}", sent_at=sent_at)
            # It surely exists; what became of it is asked for as of any order that is not terminal yet.
            return Accepted(
                order_id=taken.order_id,
                filled_quantity=Decimal(0),
                average_price=None,
                terminal=False,
                sent_at=sent_at,
            )
        # The venue cuts a reduce-only order down to the position.
        is_quantity = order.quantity == quantity or ("reduceOnly" in terms and order.quantity < quantity)
        if (order.client_order_id, order.side) != (client_order_id, side) or not is_quantity:
            return Unknown(reason=f"the answer is about another order: {order}", sent_at=sent_at)
        return _accepted(order, sent_at)

    async def _as_it_is_now(self, instrument: Instrument, taken: Taken) -> FoundOrder | None:
        """Ask for an order whose venue only said that it took it; None where it does not say."""
        with noting_requests() as notes:
            try:
                with self._session.reaching("asking for a new order"):
                    await self._exchange.fetch_order(taken.order_id, instrument.symbol)
                    order = self._read_order(instrument, notes[-1].answer)
            except VenueError:
                return None
        return order if order.order_id == taken.order_id else None

    def _refused_or_unknown(self, instrument: Instrument, error: Exception, notes: list[RequestNote]) -> SubmitOutcome:
        text = f"{type(error).__name__}: {error}"
        if not any(note.method == "POST" for note in notes):
            return Refused(code="not_sent", text=text, sent_at=None)
        sent_at = notes[-1].sent_at
        rejection = self._rejection(notes)
        if rejection is not None and self._dialect.is_definite_refusal(rejection, instrument):
            return Refused(code=rejection.code, text=rejection.text, sent_at=sent_at)
        return Unknown(reason=text, sent_at=sent_at)


def _accepted(order: FoundOrder, sent_at: datetime) -> Accepted:
    return Accepted(
        order_id=order.order_id,
        filled_quantity=order.filled_quantity,
        average_price=order.average_price,
        terminal=order.terminal,
        sent_at=sent_at,
    )


def _reducing(instrument: Instrument, *, reduce_only: bool) -> dict[str, Any]:
    return {"reduceOnly": True} if reduce_only and instrument.is_derivative else {}


def _check_order(instrument: Instrument, quantity: Decimal, price: Decimal, client_order_id: str) -> None:
    if not _CLIENT_ORDER_ID.match(client_order_id):
        raise ValueError(f"client order id {client_order_id!r} is not [a-z][a-z0-9]{{1,31}}")
    if quantity <= 0 or instrument.round_quantity(quantity) != quantity:
        raise ValueError(f"{instrument.symbol}: quantity {quantity} is off the step {instrument.quantity_step}")
    if price <= 0 or instrument.round_price(price) != price:
        raise ValueError(f"{instrument.symbol}: price {price} is off the tick {instrument.price_tick}")
