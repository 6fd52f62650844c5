"""A venue and a network for properties: fills in parts, loses requests and answers, repeats and delays what it says."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tests.unit.execution.account_model import AccountModel
from tests.unit.execution.messages import PERPETUAL, PRICE, SPOT
from tests.unit.execution.rig import Rig

from poise_common.contracts.message import Message
from poise_common.domain.instruments import Instrument, Side
from poise_execution.domain import effects, results
from poise_execution.domain.orders import Fill

_QUESTIONS = effects.LookUpOrder | effects.FetchTrades | effects.ReadAccount | effects.FetchAccountTrades

Choose = Callable[[int], int]
"""A number from 0 to below n."""


@dataclass
class VenueOrder:
    submit: effects.SubmitOrder
    order_id: str
    trades: list[results.VenueTrade] = field(default_factory=list)

    @property
    def filled(self) -> Decimal:
        return sum((trade.quantity for trade in self.trades), Decimal(0))


@dataclass
class OnTheWay:
    """An order request that left and has neither been answered nor been given up on."""

    submit: effects.SubmitOrder
    sent_at: datetime
    has_arrived: bool = False
    is_abandoned: bool = False
    """Its process died; the request itself may still arrive."""


class FragileVenue:
    """Does a rig's effects, one step at a time, as an adversary chooses."""

    def __init__(self, rig: Rig, choose: Choose) -> None:
        self.rig = rig
        self.orders: dict[str, VenueOrder] = {}
        self.posts: Counter[str] = Counter()
        self.account = AccountModel()
        for fill in rig.state.fills.values():
            instrument = SPOT if fill.symbol == SPOT.symbol else PERPETUAL
            self._book(instrument, fill.side, fill)
        self._choose = choose
        self._on_the_way: list[OnTheWay] = []
        self._to_say: list[Callable[[], Message]] = []
        self._said: list[Message] = []
        self._timing = rig.config.orders
        self._is_calm = False

    def step(self) -> None:
        """Let one thing happen."""
        self._post_new_orders()
        (self._deliver, self._deliver, self._arrive, self._arrive, self._repeat, self._wait, self._wait, self._crash)[
            self._choose(8)
        ]()

    def calm_down(self) -> None:
        """Let everything that is due happen, without faults, until nothing is left to do."""
        self._is_calm = True
        for _ in range(400):
            self._post_new_orders()
            while any(not each.has_arrived for each in self._on_the_way):
                self._arrive()
                self._post_new_orders()
            while self._has_something_to_say():
                self._deliver()
                self._post_new_orders()
            self._pass(0.2)
            if not self.rig.core._state.working_mandates() and not self.rig.effects:
                return

    def _strikes(self, one_in: int) -> bool:
        return not self._is_calm and self._choose(one_in) == 0

    def _post_new_orders(self) -> None:
        for submit in self.rig.take(effects.SubmitOrder):
            self.posts[submit.client_order_id] += 1
            self._on_the_way.append(OnTheWay(submit, self.rig.now))

    def _has_something_to_say(self) -> bool:
        return bool(self._to_say or self._questions())

    def _questions(self) -> list[object]:
        return [effect for effect in self.rig.effects if isinstance(effect, _QUESTIONS)]

    def _arrive(self) -> None:
        """Have an order request reach the venue, which fills it in part; its answer may get lost."""
        pending = [each for each in self._on_the_way if not each.has_arrived]
        if not pending:
            return
        request = pending[self._choose(len(pending))]
        request.has_arrived = True
        is_late = self.rig.now > request.sent_at + timedelta(seconds=self._timing.receive_window_s)
        outcome: results.OrderSeen | results.OrderRefused
        if is_late or self._strikes(8):
            outcome = results.OrderRefused(code="-1021" if is_late else "-2010", text="refused")
        else:
            outcome = self._match(request.submit)
        if request.is_abandoned or self._strikes(4):
            self._drop_if_abandoned(request)
            return
        self._on_the_way.remove(request)
        answer = self._answer(request.submit, outcome, request.sent_at)
        self._to_say.append(lambda: answer)

    def _drop_if_abandoned(self, request: OnTheWay) -> None:
        if request.is_abandoned:
            self._on_the_way.remove(request)

    def _match(self, submit: effects.SubmitOrder) -> results.OrderSeen:
        order = VenueOrder(submit, f"o-{submit.client_order_id}")
        assert submit.client_order_id not in self.orders, "the venue got an order twice"
        step = submit.instrument.quantity_step
        parts = (Decimal(0), Decimal(1), Decimal(1), Decimal("0.5"), Decimal("0.99"), Decimal("0.001"))
        filled = (submit.quantity * parts[self._choose(len(parts))] / step).to_integral_value() * step
        first = (filled / 3 / step).to_integral_value() * step
        for number, quantity in enumerate(each for each in (first, filled - first) if each):
            trade = self._trade(submit, quantity, number)
            order.trades.append(trade)
            self._book(submit.instrument, submit.side, trade)
        self.orders[submit.client_order_id] = order
        return results.OrderSeen(order_id=order.order_id, filled_quantity=order.filled, is_terminal=True)

    def _book(self, instrument: Instrument, side: Side, trade: results.VenueTrade | Fill) -> None:
        self.account.trade(instrument, side, trade.quantity, trade.price, fee=trade.fee, paid_in=trade.fee_currency)

    def _trade(self, submit: effects.SubmitOrder, quantity: Decimal, number: int) -> results.VenueTrade:
        in_base = submit.instrument == SPOT and submit.side is Side.BUY
        fee = quantity * SPOT.taker_fee
        return results.VenueTrade(
            trade_id=f"t-{submit.client_order_id}-{number}",
            quantity=quantity,
            price=PRICE,
            fee=fee if in_base else fee * PRICE,
            fee_currency="ETH" if in_base else "USDT",
            traded_at=self.rig.now,
        )

    def _deliver(self) -> None:
        """Let the core hear one answer: to an order, or to a question, which may fail."""
        questions = self._questions()
        if self._to_say and (not questions or self._choose(2)):
            self._hear(self._to_say.pop(self._choose(len(self._to_say)))())
        elif questions:
            question = questions[self._choose(len(questions))]
            self.rig.effects.remove(question)
            self._hear(self._reply(question))

    def _reply(self, question: object) -> Message:
        fails = self._strikes(4)
        match question:
            case effects.LookUpOrder(client_order_id=client_order_id):
                order = self.orders.get(client_order_id)
                outcome: results.OrderSeen | results.OrderAbsent | results.OutcomeUnknown
                if fails:
                    outcome = results.OutcomeUnknown(reason="no answer")
                elif order is None:
                    outcome = results.OrderAbsent()
                else:
                    outcome = results.OrderSeen(order_id=order.order_id, filled_quantity=order.filled, is_terminal=True)
                return self.rig.result(
                    results.OrderLookedUp, client_order_id=client_order_id, outcome=outcome, asked_at=self.rig.now
                )
            case effects.FetchTrades(client_order_id=client_order_id):
                trades = self.orders[client_order_id].trades
                count = len(trades) if self._is_calm else 1 + self._choose(len(trades))
                listed = None if fails else tuple(trades[:count])
                return self.rig.result(results.TradesFetched, client_order_id=client_order_id, trades=listed)
            case effects.ReadAccount():
                return self.account.answer(self.rig, question, **({"figures": None} if fails else {}))
            case effects.FetchAccountTrades():
                return self.rig.result(
                    results.AccountTradesFetched,
                    venue="paper",
                    asked_at=self.rig.now,
                    trades=None if fails else self._account_trades(),
                    orders=() if fails else self._account_orders(),
                )
        raise AssertionError(question)

    def _account_trades(self) -> tuple[results.AccountTrade, ...]:
        return tuple(
            results.AccountTrade(
                **dict(trade),
                symbol=order.submit.instrument.symbol,
                order_id=order.order_id,
                side=order.submit.side,
            )
            for order in self.orders.values()
            for trade in order.trades
        )

    def _account_orders(self) -> tuple[results.AccountOrder, ...]:
        return tuple(
            results.AccountOrder(
                symbol=order.submit.instrument.symbol,
                client_order_id=client_order_id,
                seen=results.OrderSeen(order_id=order.order_id, filled_quantity=order.filled, is_terminal=True),
            )
            for client_order_id, order in self.orders.items()
        )

    def read_account(self) -> None:
        """Wait for a reading, answer it and what follows from it."""
        self._is_calm = True
        self._pass(10)
        while self._has_something_to_say():
            self._deliver()

    def _hear(self, message: Message) -> None:
        self._said.append(message)
        self.rig.hear(message)

    def _repeat(self) -> None:
        if self._said:
            self.rig.hear(self._said[self._choose(len(self._said))])

    def _wait(self) -> None:
        self._pass((0.05, 0.1, 0.3, 1.1)[self._choose(4)])

    def _pass(self, seconds: float) -> None:
        self.rig.wait(seconds)
        given_up = timedelta(seconds=self._timing.answer_timeout_s)
        for request in list(self._on_the_way):
            if not request.is_abandoned and self.rig.now >= request.sent_at + given_up:
                self._hear(self._answer(request.submit, results.OutcomeUnknown(reason="time-out"), request.sent_at))
                request.is_abandoned = True
                if request.has_arrived:
                    self._on_the_way.remove(request)

    def _crash(self) -> None:
        """Kill the process: some requests had left it, some answers were on their way back."""
        if self._choose(3):
            return
        self._to_say.clear()
        self._said.clear()
        for request in list(self._on_the_way):
            request.is_abandoned = True
            if request.has_arrived or self._choose(2):
                self._on_the_way.remove(request)
        self.rig.restart()

    def _answer(
        self,
        submit: effects.SubmitOrder,
        outcome: results.OrderSeen | results.OrderRefused | results.OutcomeUnknown,
        sent_at: datetime,
    ) -> Message:
        return self.rig.result(
            results.OrderAnswered, client_order_id=submit.client_order_id, outcome=outcome, sent_at=sent_at
        )
