"""Finds out what became of each order: one POST, then questions until its last fill is counted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.core import Output, Publish, Run
from poise_common.contracts.packages import OrderStyle
from poise_execution.domain.account_watch import AccountWatch
from poise_execution.domain.effects import SubmitOrder
from poise_execution.domain.evidence import Outcome, detail_of, evidence_of
from poise_execution.domain.fill_book import FillBook
from poise_execution.domain.inquiries import Inquiries
from poise_execution.domain.legs import LegEvent, leg_state, moved
from poise_execution.domain.orders import Evidence, Order, OrderState
from poise_execution.domain.parameters import OrderParameters, RestingParameters
from poise_execution.domain.reports import order_sent
from poise_execution.domain.results import (
    CancelAsked,
    OrderAnswered,
    OrderLookedUp,
    OrderSeen,
    TradesFetched,
    VenueTrade,
)
from poise_execution.domain.state import ExecutionState


class OrderDesk:
    """Moves orders through their table."""

    def __init__(
        self, parameters: OrderParameters, resting: RestingParameters, state: ExecutionState, accounts: AccountWatch
    ) -> None:
        self._parameters = parameters
        self._resting = resting
        self._state = state
        self._accounts = accounts
        self._fills = FillBook(state, accounts)
        self._inquiries = Inquiries(parameters, state)

    def send(self, order: Order) -> list[Output]:
        """Store an intent; the POST follows the commit, here and nowhere else."""
        rests = order.style is OrderStyle.POST_ONLY
        self._move_leg(order, LegEvent.REST if rests else LegEvent.TAKE)
        self._accounts.touched(order.venue)
        instrument = self._state.packages[order.package_id].instrument(order.role)
        submit = SubmitOrder(
            client_order_id=order.client_order_id,
            instrument=instrument,
            side=order.side,
            style=order.style,
            quantity=order.quantity,
            limit_price=order.limit_price,
            reduce_only=order.reduce_only,
            intended_at=order.intended_at,
            dead_mans_switch_s=self._resting.dead_mans_switch_s if rests and instrument.is_derivative else None,
        )
        return [self._state.put(order), Run(submit)]

    def cancel(self, order: Order, reason: str, now: datetime) -> list[Output]:
        """Ask an order that may be open to go; it is asked until the venue shows that it can't fill any more."""
        if order.cancel_asked_at is not None:
            return []
        self._move_leg(order, LegEvent.CANCEL)
        asked = replace(order, cancel_asked_at=now, detail=f"asked to go: {reason}")
        return [self._state.put(asked), *self._inquiries.ask_to_go(asked)]

    def resume(self, order: Order) -> list[Output]:
        """Take an order up after a restart: what has no stored answer is looked up, never sent."""
        if order.is_closed:
            return []
        outputs: list[Output] = []
        if order.state is OrderState.INTENDED:
            order = replace(order, state=order.after(Evidence.UNCLEAR), detail="restarted before the answer")
            outputs.append(self._state.put(order))
        if order.is_in_doubt and order.cancel_asked_at is not None:
            outputs += self._inquiries.ask_to_go(order)
        return outputs + self._inquiries.ask(order)

    def tick(self, now: datetime) -> list[Output]:
        """Ask again what is due."""
        return self._inquiries.tick(now)

    def answered(self, message: OrderAnswered, now: datetime) -> list[Output]:
        """Take the answer to the POST."""
        order = self._state.orders.get(message.client_order_id)
        if order is None:
            return []
        return self._learn(order, message.outcome, evidence_of(message.outcome), message.sent_at, now)

    def looked_up(self, message: OrderLookedUp, now: datetime) -> list[Output]:
        """Take the answer to a look-up; an absence that was asked too early shows nothing."""
        order = self._state.orders.get(message.client_order_id)
        if order is None:
            return []
        evidence = evidence_of(message.outcome)
        deadline = order.intended_at + timedelta(seconds=self._parameters.not_found_after_s)
        if evidence is Evidence.ABSENT and message.asked_at < deadline:
            evidence = Evidence.UNCLEAR
        # That the venue shows the order tells that it was sent; when, its intent tells best.
        sent_at = order.intended_at if isinstance(message.outcome, OrderSeen) else None
        return self._learn(order, message.outcome, evidence, sent_at, now)

    def cancel_asked(self, message: CancelAsked, now: datetime) -> list[Output]:
        """Look at once for what became of an order that was asked to go."""
        order = self._state.orders.get(message.client_order_id)
        if order is None or not order.is_in_doubt:
            return []
        self._inquiries.ask_to_go_again(order, now)
        return self._inquiries.ask_now(order)

    def hinted(self, order: Order) -> list[Output]:
        """Ask for an order that the venue's event stream spoke of; of one that is final it tells nothing new."""
        return [] if order.state is OrderState.FINAL else self._inquiries.ask_now(order)

    def traded(self, message: TradesFetched, now: datetime) -> list[Output]:
        """Count an order's fills, each once; it is final when they add up to what it filled.

        A trade that shows only after that has the order settled anew, from its own list of trades.
        """
        order = self._state.orders.get(message.client_order_id)
        if order is not None and order.state is OrderState.FINAL:
            return self._traded_late(order, message.trades or (), now)
        if order is None or order.state is not OrderState.SETTLING:
            return []
        outputs: list[Output] = []
        for trade in message.trades or ():
            outputs += self._fills.count(order, trade, now)
        counted = self._state.counted_quantity(order.client_order_id)
        if message.trades is None or counted < order.filled_quantity:
            self._inquiries.ask_again(order, now)
            return outputs
        self._inquiries.settled(order)
        final = replace(order, state=order.after(Evidence.SETTLED), filled_quantity=counted)
        return [*outputs, self._state.put(final)]

    def _traded_late(self, order: Order, trades: Sequence[VenueTrade], now: datetime) -> list[Output]:
        counted = {fill.trade_id: fill.quantity for fill in self._state.fills_of(order.client_order_id)}
        late = [trade.quantity for trade in trades if trade.trade_id not in counted]
        if not late:
            return []
        filled = sum(late, sum(counted.values(), Decimal(0)))
        return self._learned(order, replace(order, state=order.after(Evidence.TRADED), filled_quantity=filled), now)

    def _learn(
        self, order: Order, outcome: Outcome, evidence: Evidence, sent_at: datetime | None, now: datetime
    ) -> list[Output]:
        state = order.after(evidence)
        filled = order.filled_quantity
        if isinstance(outcome, OrderSeen) and (state is not order.state or state is OrderState.RESTING):
            filled = max(filled, outcome.filled_quantity)
        if state is order.state:
            if state in (OrderState.UNKNOWN, OrderState.RESTING):
                self._inquiries.ask_again(order, now)
            if filled == order.filled_quantity:
                return []
            self._accounts.touched(order.venue)
            return [self._state.put(replace(order, filled_quantity=filled))]
        learned = replace(
            order,
            state=state,
            sent_at=order.sent_at or sent_at,
            filled_quantity=filled,
            detail=detail_of(outcome) or order.detail,
            # What shows after all is to be asked to go anew.
            cancel_asked_at=None if order.is_closed else order.cancel_asked_at,
        )
        if isinstance(outcome, OrderSeen):
            learned = replace(learned, order_id=outcome.order_id)
            if outcome.is_terminal and filled == 0:
                learned = replace(learned, state=learned.after(Evidence.SETTLED))
        return self._learned(order, learned, now)

    def _learned(self, before: Order, order: Order, now: datetime) -> list[Output]:
        self._accounts.touched(order.venue)
        outputs = [self._state.put(order)]
        if before.sent_at is None and order.sent_at is not None:
            mandate = self._state.mandates[order.approval_id]
            outputs.append(Publish(order_sent(mandate, order, order.sent_at)))
        if order.state is OrderState.RESTING:
            self._inquiries.ask_again(order, now)
            return outputs
        self._inquiries.settled(order)
        return outputs if order.is_closed else outputs + self._inquiries.ask(order)

    def _move_leg(self, order: Order, event: LegEvent) -> None:
        moved(leg_state(self._state.orders_of_leg(order.package_id, order.role)), event)
