"""A venue and a network for properties: lose requests and answers, repeat, delay and shuffle what is said."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.unit.execution.rig import Rig
from tests.unit.execution.venue_book import Choose, VenueBook, VenueOrder, instrument_of

from poise_common.contracts.message import Message
from poise_execution.domain import effects, results

_QUESTIONS = (
    effects.LookUpOrder | effects.FetchTrades | effects.CancelOrder | effects.ReadAccount | effects.FetchAccountTrades
)


@dataclass
class OnTheWay:
    """An order request that left and has neither been answered nor been given up on."""

    submit: effects.SubmitOrder
    sent_at: datetime
    has_arrived: bool = False
    is_abandoned: bool = False
    """Its process died, or gave up; the request itself may still arrive."""


class FragileVenue:
    """Does a rig's effects, one step at a time, as an adversary chooses."""

    def __init__(self, rig: Rig, choose: Choose) -> None:
        self.rig = rig
        self.book = VenueBook(choose)
        self.posts: Counter[str] = Counter()
        for fill in rig.state.fills.values():
            self.book.book(instrument_of(fill.symbol), fill.side, fill)
        self._choose = choose
        self._on_the_way: list[OnTheWay] = []
        self._to_say: list[Message] = []
        self._said: list[Message] = []
        self._timing = rig.config.orders
        self._is_calm = False
        self.denies = False
        """Whether it may deny orders that it has."""
        self.denied: set[str] = set()
        self.as_time_passes: Callable[[], None] = lambda: None

    @property
    def orders(self) -> dict[str, VenueOrder]:
        return self.book.orders

    def step(self) -> None:
        """Let one thing happen."""
        steps = (
            self.deliver,
            self.deliver,
            self.arrive,
            self.arrive,
            self.repeat,
            self.wait,
            self.wait,
            self.crash,
            self.move,
            self.hint,
        )
        steps[self._choose(len(steps))]()

    def calm_down(self) -> None:
        """Let everything that is due happen, without faults, until nothing is left to do."""
        self._is_calm = True
        for _ in range(400):
            self._post_new_orders()
            while any(not each.has_arrived for each in self._on_the_way):
                self.arrive()
            self.book.end_slow_orders()
            while self._has_something_to_say():
                self.deliver()
                self._post_new_orders()
            self.pass_time(0.2)
            if not self.rig.core._state.working_mandates() and not self.rig.effects:
                for client_order_id in self.denied:
                    self.rig.hear(self._hint_of(client_order_id))
                if not self.rig.effects:
                    return

    def settle(self) -> None:
        """Have a good time: everything is filled and heard of."""
        self.book.is_liquid = True
        self.calm_down()
        self.book.is_liquid = self._is_calm = False

    def arrive(self) -> None:
        """Have an order request reach the venue; its answer may get lost."""
        self._post_new_orders()
        pending = [each for each in self._on_the_way if not each.has_arrived]
        if not pending:
            return
        request = pending[self._choose(len(pending))]
        request.has_arrived = True
        # The venue's fence: by the intent's own time, whenever the request left.
        is_late = self.rig.now > request.submit.intended_at + timedelta(seconds=self._timing.receive_window_s)
        outcome: results.OrderSeen | results.OrderRefused
        if is_late or self._strikes(8):
            outcome = results.OrderRefused(code="-1021" if is_late else "-2010", text="refused")
        else:
            outcome = self.book.take(request.submit, self.rig.now)
        if request.is_abandoned or self._strikes(4):
            self._drop_if_abandoned(request)
            return
        self._on_the_way.remove(request)
        self._to_say.append(self._answer(request.submit, outcome, request.sent_at))

    def deliver(self) -> None:
        """Have a question reach the venue, or an answer come back: each on its own, in any order."""
        self._post_new_orders()
        questions = self._questions()
        if self._to_say and (not questions or self._choose(2)):
            self._hear(self._to_say.pop(self._choose(len(self._to_say))))
        elif questions:
            question = questions[self._choose(len(questions))]
            self.rig.effects.remove(question)
            self._to_say.append(self._reply(question))
            if self._is_calm or self._choose(2):
                self._hear(self._to_say.pop())

    def repeat(self) -> None:
        """Say again what was said before."""
        if self._said:
            self.rig.hear(self._said[self._choose(len(self._said))])

    def move(self) -> None:
        """Let the market touch an order that is open."""
        self.book.move(self.rig.now)

    def hint(self) -> None:
        """Let the venue's event stream speak of some order, of ours or not."""
        ids = [*self.orders, None]
        self.rig.hear(self._hint_of(ids[self._choose(len(ids))]))

    def wait(self) -> None:
        """Let time pass."""
        self.pass_time((0.05, 0.1, 0.3, 1.1)[self._choose(4)])

    def crash(self) -> None:
        """Kill the process: some requests had left it, some answers were on their way back."""
        if self._choose(3):
            return
        self._post_new_orders()
        self._to_say.clear()
        self._said.clear()
        for request in list(self._on_the_way):
            request.is_abandoned = True
            if request.has_arrived or self._choose(2):
                self._on_the_way.remove(request)
        self.rig.restart()

    def read_account(self) -> None:
        """Wait for a reading, answer it and what follows from it."""
        self._is_calm = True
        self.pass_time(10)
        while self._has_something_to_say():
            self.deliver()

    def _hint_of(self, client_order_id: str | None) -> Message:
        order = None if client_order_id is None else self.orders.get(client_order_id)
        venue = "paper" if order is None else order.submit.instrument.venue
        return self.rig.result(results.AccountHinted, venue=venue, client_order_id=client_order_id)

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

    def _drop_if_abandoned(self, request: OnTheWay) -> None:
        if request.is_abandoned:
            self._on_the_way.remove(request)

    def _reply(self, question: object) -> Message:
        fails, now = self._strikes(4), self.rig.now
        match question:
            case effects.LookUpOrder(client_order_id=client_order_id):
                order = self.orders.get(client_order_id)
                outcome: results.OrderSeen | results.OrderAbsent | results.OutcomeUnknown
                if fails:
                    outcome = results.OutcomeUnknown(reason="no answer")
                elif order is not None and self.denies and self._strikes(4):
                    if now >= order.submit.intended_at + timedelta(seconds=self._timing.not_found_after_s):
                        self.denied.add(client_order_id)
                    outcome = results.OrderAbsent()
                else:
                    outcome = order.seen if order else results.OrderAbsent()
                return self.rig.result(
                    results.OrderLookedUp, client_order_id=client_order_id, outcome=outcome, asked_at=now
                )
            case effects.FetchTrades(client_order_id=client_order_id):
                trades = self.orders[client_order_id].trades
                count = len(trades) if self._is_calm or not trades else 1 + self._choose(len(trades))
                listed = None if fails else tuple(trades[:count])
                return self.rig.result(results.TradesFetched, client_order_id=client_order_id, trades=listed)
            case effects.CancelOrder(client_order_id=client_order_id):
                if not fails:
                    self.book.cancel(client_order_id, now)
                return self.rig.result(results.CancelAsked, client_order_id=client_order_id)
            case effects.ReadAccount():
                return self.book.read(question.venue, now).answer(
                    self.rig, question, **({"figures": None} if fails else {})
                )
            case effects.FetchAccountTrades(venue=venue):
                return self.rig.result(
                    results.AccountTradesFetched,
                    venue=venue,
                    asked_at=now,
                    trades=None if fails else self.book.account_trades(venue),
                    orders=() if fails else self.book.account_orders(venue),
                )
        raise AssertionError(question)

    def _hear(self, message: Message) -> None:
        self._said.append(message)
        self.rig.hear(message)

    def pass_time(self, seconds: float) -> None:
        """Let so much time pass, and requests be given up on."""
        self._post_new_orders()
        self.rig.wait(seconds)
        self.as_time_passes()
        given_up = timedelta(seconds=self._timing.answer_timeout_s)
        for request in list(self._on_the_way):
            if not request.is_abandoned and self.rig.now >= request.sent_at + given_up:
                self._hear(self._answer(request.submit, results.OutcomeUnknown(reason="time-out"), request.sent_at))
                request.is_abandoned = True
                if request.has_arrived:
                    self._on_the_way.remove(request)

    def _answer(
        self,
        submit: effects.SubmitOrder,
        outcome: results.OrderSeen | results.OrderRefused | results.OutcomeUnknown,
        sent_at: datetime,
    ) -> Message:
        return self.rig.result(
            results.OrderAnswered, client_order_id=submit.client_order_id, outcome=outcome, sent_at=sent_at
        )
