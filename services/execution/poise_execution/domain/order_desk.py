"""Finds out what became of each order: one POST, then questions until its last fill is counted."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from poise_common.contracts.core import Output, Publish, Run
from poise_common.domain.instruments import Instrument
from poise_execution.domain.account_watch import AccountWatch
from poise_execution.domain.effects import FetchTrades, LookUpOrder, SubmitOrder
from poise_execution.domain.orders import Evidence, Fill, Order, OrderState
from poise_execution.domain.parameters import OrderParameters
from poise_execution.domain.reports import leg_filled, order_sent
from poise_execution.domain.results import (
    OrderAbsent,
    OrderAnswered,
    OrderLookedUp,
    OrderRefused,
    OrderSeen,
    OutcomeUnknown,
    TradesFetched,
    VenueTrade,
)
from poise_execution.domain.retries import Retries
from poise_execution.domain.state import ExecutionState

Outcome = OrderSeen | OrderRefused | OrderAbsent | OutcomeUnknown


class OrderDesk:
    """Moves orders through their table; holds the timers of what is asked again."""

    def __init__(self, parameters: OrderParameters, state: ExecutionState, accounts: AccountWatch) -> None:
        self._parameters = parameters
        self._state = state
        self._accounts = accounts
        self._questions = Retries[str](parameters.lookup_pause_s, parameters.lookup_pause_max_s)

    def send(self, order: Order) -> list[Output]:
        """Store an intent; the POST follows the commit, here and nowhere else."""
        self._accounts.touched(order.venue)
        submit = SubmitOrder(
            client_order_id=order.client_order_id,
            instrument=self._instrument(order),
            side=order.side,
            quantity=order.quantity,
            limit_price=order.limit_price,
            reduce_only=order.reduce_only,
        )
        return [self._state.put(order), Run(submit)]

    def resume(self, order: Order) -> list[Output]:
        """Take an order up after a restart: what has no stored answer is looked up, never sent."""
        if order.is_closed:
            return []
        if order.state is OrderState.INTENDED:
            order = replace(order, state=order.after(Evidence.UNCLEAR), detail="restarted before the answer")
            return [self._state.put(order), *self._ask(order)]
        return self._ask(order)

    def ask_again(self, now: datetime) -> list[Output]:
        """Ask the questions whose pause is over."""
        outputs: list[Output] = []
        for client_order_id in self._questions.due(now):
            if order := self._state.orders.get(client_order_id):
                outputs += self._ask(order)
            else:
                self._questions.settled(client_order_id)
        return outputs

    def answered(self, message: OrderAnswered, now: datetime) -> list[Output]:
        """Take the answer to the POST."""
        order = self._state.orders.get(message.client_order_id)
        if order is None:
            return []
        return self._learn(order, message.outcome, _evidence(message.outcome), message.sent_at, now)

    def looked_up(self, message: OrderLookedUp, now: datetime) -> list[Output]:
        """Take the answer to a look-up; an absence that was asked too early shows nothing."""
        order = self._state.orders.get(message.client_order_id)
        if order is None:
            return []
        evidence = _evidence(message.outcome)
        deadline = order.intended_at + timedelta(seconds=self._parameters.not_found_after_s)
        if evidence is Evidence.ABSENT and message.asked_at < deadline:
            evidence = Evidence.UNCLEAR
        # That the venue shows the order tells that it was sent; when, its intent tells best.
        sent_at = order.intended_at if isinstance(message.outcome, OrderSeen) else None
        return self._learn(order, message.outcome, evidence, sent_at, now)

    def traded(self, message: TradesFetched, now: datetime) -> list[Output]:
        """Count an order's fills, each once; it is final when they add up to what it filled."""
        order = self._state.orders.get(message.client_order_id)
        if order is None or order.state is not OrderState.SETTLING:
            return []
        outputs: list[Output] = []
        for trade in message.trades or ():
            outputs += self._count(order, trade, now)
        counted = sum((fill.quantity for fill in self._state.fills_of(order.client_order_id)), Decimal(0))
        if message.trades is None or counted < order.filled_quantity:
            self._questions.again(order.client_order_id, now)
            return outputs
        self._questions.settled(order.client_order_id)
        final = replace(order, state=order.after(Evidence.SETTLED), filled_quantity=counted)
        return [*outputs, self._state.put(final)]

    def _learn(
        self, order: Order, outcome: Outcome, evidence: Evidence, sent_at: datetime | None, now: datetime
    ) -> list[Output]:
        state = order.after(evidence)
        if state is order.state:
            if state in (OrderState.UNKNOWN, OrderState.RESTING):
                self._questions.again(order.client_order_id, now)
            return []
        learned = replace(order, state=state, sent_at=order.sent_at or sent_at, detail=_detail(outcome))
        if isinstance(outcome, OrderSeen):
            learned = replace(learned, order_id=outcome.order_id, filled_quantity=outcome.filled_quantity)
            if outcome.is_terminal and outcome.filled_quantity == 0:
                learned = replace(learned, state=learned.after(Evidence.SETTLED))
        self._accounts.touched(order.venue)
        outputs = [self._state.put(learned)]
        if order.sent_at is None and learned.sent_at is not None:
            mandate = self._state.mandates[order.approval_id]
            outputs.append(Publish(order_sent(mandate, learned, learned.sent_at)))
        if learned.is_closed:
            self._questions.settled(order.client_order_id)
        elif state is OrderState.RESTING:
            self._questions.again(order.client_order_id, now)
        else:
            self._questions.settled(order.client_order_id)
            outputs += self._ask(learned)
        return outputs

    def _count(self, order: Order, trade: VenueTrade, now: datetime) -> list[Output]:
        fill = Fill(
            venue=order.venue,
            symbol=order.symbol,
            trade_id=trade.trade_id,
            client_order_id=order.client_order_id,
            order_id=order.order_id or "",
            side=order.side,
            quantity=trade.quantity,
            price=trade.price,
            fee=trade.fee,
            fee_currency=trade.fee_currency,
            filled_at=trade.traded_at,
        )
        if fill.key in self._state.fills:
            return []
        self._accounts.touched(order.venue)
        mandate = self._state.mandates[order.approval_id]
        package = self._state.packages[order.package_id].filled(order.role, fill)
        return [
            self._state.put(fill),
            self._state.put(package),
            Publish(leg_filled(mandate, order, fill, now)),
        ]

    def _ask(self, order: Order) -> list[Output]:
        self._questions.asked(order.client_order_id)
        instrument = self._instrument(order)
        if order.state is OrderState.SETTLING and order.order_id is not None:
            return [
                Run(FetchTrades(client_order_id=order.client_order_id, instrument=instrument, order_id=order.order_id))
            ]
        look_up = LookUpOrder(
            client_order_id=order.client_order_id, instrument=instrument, intended_at=order.intended_at
        )
        return [Run(look_up)]

    def _instrument(self, order: Order) -> Instrument:
        return self._state.packages[order.package_id].instrument(order.role)


def _evidence(outcome: Outcome) -> Evidence:
    match outcome:
        case OrderSeen(is_terminal=True):
            return Evidence.TERMINAL
        case OrderSeen():
            return Evidence.OPEN
        case OrderRefused():
            return Evidence.REFUSED
        case OrderAbsent():
            return Evidence.ABSENT
        case OutcomeUnknown():
            return Evidence.UNCLEAR


def _detail(outcome: Outcome) -> str:
    match outcome:
        case OrderRefused():
            return f"{outcome.code}: {outcome.text}"
        case OutcomeUnknown():
            return outcome.reason
        case OrderAbsent():
            return "not found at two endpoints"
        case OrderSeen():
            return ""
