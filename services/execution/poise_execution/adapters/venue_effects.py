"""Does execution's effects at the venues; whatever comes of one is pushed as its one answer."""

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import timedelta
from time import perf_counter
from typing import Any

from poise_common.contracts.message import Message
from poise_common.contracts.packages import OrderStyle
from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.failpoints import Failpoint, hit
from poise_common.platform.service import Push
from poise_execution.adapters import account_answers
from poise_execution.adapters.metrics import ORDER_ANSWERS, ORDER_SECONDS
from poise_execution.adapters.venue_connections import STAGE, VenueConnection
from poise_execution.domain import effects, results
from poise_venues import outcomes
from poise_venues.errors import VenueError
from poise_venues.exchange_mixins import asked_as
from poise_venues.rate_limits import Priority
from poise_venues.trading import TradingSession

_CLOCKS_MAY_DIFFER_BY = timedelta(seconds=30)
"""Added to how far back the order list is searched: the venue lists orders by its own clock."""


class VenueEffects:
    """Runs each effect once, with no repeat of its own: what is asked again, the core says."""

    def __init__(self, venues: Mapping[str, VenueConnection], *, now: Clock, new_id: NewId) -> None:
        self._venues = venues
        self._now = now
        self._new_id = new_id

    async def run(self, effect: object, push: Push) -> None:
        """Do one effect and push its answer."""
        match effect:
            case effects.SubmitOrder():
                await push(await self._submit(effect))
            case effects.CancelOrder():
                await push(await self._cancel(effect))
            case effects.LookUpOrder():
                await push(await self._look_up(effect))
            case effects.FetchTrades():
                await push(await self._trades(effect))
            case effects.PrepareInstrument():
                await push(await self._prepare(effect))
            case effects.ReadAccount():
                await push(await self._account(effect))
            case effects.FetchAccountTrades():
                await push(await self._account_trades(effect))
            case _:
                raise TypeError(f"execution has no effect {type(effect).__name__}")

    async def _submit(self, effect: effects.SubmitOrder) -> Message:
        began_s = perf_counter()
        async with self._venues[effect.instrument.venue].session() as session:
            answer = await self._unarmed(session, effect) or await self._post(session, effect)
        outcome = _outcome(answer)
        ORDER_ANSWERS.labels(effect.instrument.venue, type(outcome).__name__).inc()
        ORDER_SECONDS.labels(effect.instrument.venue).observe(perf_counter() - began_s)
        return self._message(
            results.OrderAnswered,
            client_order_id=effect.client_order_id,
            outcome=outcome,
            sent_at=answer.sent_at,
        )

    async def _unarmed(self, session: TradingSession, effect: effects.SubmitOrder) -> outcomes.Refused | None:
        """Arm the dead-man's switch that an order is to rest under; without it, the order is not sent."""
        if effect.dead_mans_switch_s is None or not session.has_dead_mans_switch(effect.instrument):
            return None
        try:
            await session.arm_dead_mans_switch(effect.instrument, effect.dead_mans_switch_s)
        except VenueError as error:
            self._venues[effect.instrument.venue].outage.goes_on(error)
            return outcomes.Refused(code="dead_mans_switch_not_armed", text=str(error), sent_at=None)
        return None

    async def _post(self, session: TradingSession, effect: effects.SubmitOrder) -> outcomes.SubmitOutcome:
        submit = session.submit_post_only if effect.style is OrderStyle.POST_ONLY else session.submit_ioc
        hit(Failpoint.POST_BEFORE)
        answer = await submit(
            effect.instrument,
            effect.side,
            effect.quantity,
            effect.limit_price,
            effect.client_order_id,
            reduce_only=effect.reduce_only,
            intended_at=effect.intended_at,
        )
        hit(Failpoint.POST_AFTER)
        return answer

    async def _cancel(self, effect: effects.CancelOrder) -> Message:
        async with self._venues[effect.instrument.venue].session() as session:
            try:
                await session.cancel(effect.instrument, effect.client_order_id)
            except VenueError as error:
                self._venues[effect.instrument.venue].outage.goes_on(error)
        return self._message(results.CancelAsked, client_order_id=effect.client_order_id)

    async def _look_up(self, effect: effects.LookUpOrder) -> Message:
        asked_at = self._now()
        async with self._venues[effect.instrument.venue].session() as session:
            found = await session.find_order(effect.instrument, effect.client_order_id)
            if isinstance(found, outcomes.NotFound):
                since = effect.intended_at - _CLOCKS_MAY_DIFFER_BY
                found = await session.find_order_in_list(effect.instrument, effect.client_order_id, since)
        return self._message(
            results.OrderLookedUp,
            client_order_id=effect.client_order_id,
            outcome=_found(found),
            asked_at=asked_at,
        )

    async def _trades(self, effect: effects.FetchTrades) -> Message:
        trades: tuple[results.VenueTrade, ...] | None
        async with self._venues[effect.instrument.venue].session() as session:
            try:
                trades = tuple(
                    map(account_answers.own_trade, await session.order_trades(effect.instrument, effect.order_id))
                )
            except VenueError as error:
                self._venues[effect.instrument.venue].outage.goes_on(error)
                trades = None
        return self._message(results.TradesFetched, client_order_id=effect.client_order_id, trades=trades)

    async def _prepare(self, effect: effects.PrepareInstrument) -> Message:
        failure = None
        async with self._venues[effect.instrument.venue].session() as session:
            try:
                await session.set_leverage(effect.instrument, effect.leverage)
            except VenueError as error:
                self._venues[effect.instrument.venue].outage.goes_on(error)
                failure = str(error)
        return self._message(
            results.InstrumentPrepared,
            venue=effect.instrument.venue,
            symbol=effect.instrument.symbol,
            failure=failure,
        )

    async def _account(self, effect: effects.ReadAccount) -> Message:
        as_of = self._now()
        connection = self._venues[effect.venue]
        read: dict[str, Any] = {"incomes": (), "figures": None}
        in_turn = nullcontext() if effect.is_urgent else asked_as(Priority.READING)
        async with connection.session() as session:
            try:
                with in_turn:
                    read["clock_offset_ms"] = await session.clock_offset_ms()
                    read["open_orders"] = await account_answers.read_open_orders(session)
                    read["incomes"], read["figures"] = await account_answers.read_figures(session, effect)
            except VenueError as error:
                connection.outage.goes_on(error)
            else:
                connection.outage.is_over()
        return self._message(results.AccountRead, venue=effect.venue, activity=effect.activity, as_of=as_of, **read)

    async def _account_trades(self, effect: effects.FetchAccountTrades) -> Message:
        asked_at = self._now()
        trades: tuple[results.AccountTrade, ...] | None = None
        orders: tuple[results.AccountOrder, ...] = ()
        async with self._venues[effect.venue].session() as session:
            try:
                trades, orders = await account_answers.read_account_trades(session, effect)
            except VenueError as error:
                self._venues[effect.venue].outage.goes_on(error)
        return self._message(
            results.AccountTradesFetched, venue=effect.venue, asked_at=asked_at, trades=trades, orders=orders
        )

    def _message(self, kind: type[Message], **fields: Any) -> Message:
        now = self._now()
        return kind.first(self._new_id(now), STAGE, now, **fields)


def _outcome(answer: outcomes.SubmitOutcome) -> results.OrderSeen | results.OrderRefused | results.OutcomeUnknown:
    match answer:
        case outcomes.Accepted():
            return results.OrderSeen(
                order_id=answer.order_id, filled_quantity=answer.filled_quantity, is_terminal=answer.terminal
            )
        case outcomes.Refused():
            return results.OrderRefused(code=answer.code, text=answer.text)
        case outcomes.Unknown():
            return results.OutcomeUnknown(reason=answer.reason)


def _found(answer: outcomes.LookUpOutcome) -> results.OrderSeen | results.OrderAbsent | results.OutcomeUnknown:
    match answer:
        case outcomes.FoundOrder():
            return results.OrderSeen(
                order_id=answer.order_id, filled_quantity=answer.filled_quantity, is_terminal=answer.terminal
            )
        case outcomes.NotFound():
            return results.OrderAbsent()
        case outcomes.Unknown():
            return results.OutcomeUnknown(reason=answer.reason)
