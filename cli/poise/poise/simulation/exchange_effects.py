"""Does execution's effects on the matching core, with the delays and lost answers of a network between."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from poise.simulation.exchange_accounts import ExchangeAccounts
from poise.simulation.exchange_outage import UNAVAILABLE, unanswered
from poise.simulation.exchange_terms import ACCOUNT, STAGE, market_of, own_trade, request_of, seen, symbol_of
from poise_common.contracts.message import Message
from poise_common.domain.ids import NewId
from poise_execution.domain import effects, results
from poise_simulator.domain.exchange import Exchange
from poise_simulator.domain.rejections import Rejected

Later = Callable[[timedelta, Callable[[datetime], Message | None]], None]
"""Do something after a delay; the message it returns goes to execution at that time."""

Outcome = results.OrderSeen | results.OrderRefused | results.OutcomeUnknown

_OUTSIDE_THE_WINDOW = "-1021"


@dataclass(frozen=True, slots=True)
class NetworkFaults:
    """How badly the way to the venue behaves; probabilities per order request."""

    latency_max_ms: float = 30.0
    request_lost: float = 0.02
    answer_lost: float = 0.04
    gives_up_after_ms: float = 1_500.0
    request_late: float = 0.01
    """It arrives so late that the venue refuses it, long after we have given up."""
    late_by_ms: float = 6_000.0


class ExchangeEffects:
    """Run effects of execution on an exchange that shares the process."""

    def __init__(
        self,
        exchange: Exchange,
        venue: str,
        *,
        random: Random,
        faults: NetworkFaults,
        receive_window: timedelta,
        new_id: NewId,
        later: Later,
    ) -> None:
        """Refuse orders that arrive later than `receive_window` after their intent, as the venue does."""
        self._exchange = exchange
        self._venue = venue
        self._accounts = ExchangeAccounts(exchange, venue, new_id)
        self._random = random
        self._faults = faults
        self._receive_window = receive_window
        self._new_id = new_id
        self._later = later
        self.answers_lost = 0

    def run(self, effect: object, now: datetime) -> None:
        """Take an effect; its answer comes after two network delays, if it comes."""
        match effect:
            case effects.SubmitOrder():
                self._send_order(effect, now)
            case effects.CancelOrder():
                self._ask(effect, lambda at: self._cancelled(effect, at))
            case effects.LookUpOrder():
                self._ask(effect, lambda at: self._looked_up(effect, at))
            case effects.FetchTrades():
                self._ask(effect, lambda at: self._trades(effect, at))
            case effects.PrepareInstrument():
                self._ask(effect, lambda at: self._prepared(effect, at))
            case effects.ReadAccount():
                self._ask(effect, lambda at: self._accounts.read(effect, at))
            case effects.FetchAccountTrades():
                self._ask(effect, lambda at: self._accounts.trades(effect, at))
            case _:
                raise AssertionError(f"execution has no such effect: {effect!r}")

    def connected(self, now: datetime) -> Message:
        """Say that the venue answers."""
        return results.VenueConnected.first(self._new_id(now), STAGE, now, venue=self._venue)

    def _latency(self) -> timedelta:
        return timedelta(milliseconds=self._random.uniform(1, self._faults.latency_max_ms))

    def _ask(self, effect: object, answer: Callable[[datetime], Message]) -> None:
        back = self._latency()

        def arrive(at: datetime) -> None:
            is_out = self._exchange.is_in_maintenance
            message = unanswered(effect, self._venue, self._new_id, at) if is_out else answer(at)
            self._later(back, lambda _: message)

        self._later(self._latency(), arrive)

    def _send_order(self, effect: effects.SubmitOrder, sent_at: datetime) -> None:
        gives_up = timedelta(milliseconds=self._faults.gives_up_after_ms)
        faults, lost = self._faults, self._random.random()
        if lost < faults.request_lost:
            self._later(gives_up, lambda at: self._unknown(effect, sent_at, at))
            return
        if lost < faults.request_lost + faults.request_late:
            self._later(gives_up, lambda at: self._unknown(effect, sent_at, at))
            self._later(timedelta(milliseconds=faults.late_by_ms), lambda at: self._arrives_late(effect, at))
            return
        answer_lost = lost < faults.request_lost + faults.request_late + faults.answer_lost
        back = self._latency()

        def arrive(at: datetime) -> None:
            message = self._submitted(effect, sent_at, at)
            if answer_lost:
                self._later(gives_up, lambda later: self._unknown(effect, sent_at, later))
            else:
                self._later(back, lambda _: message)

        self._later(self._latency(), arrive)

    def _arrives_late(self, effect: effects.SubmitOrder, at: datetime) -> None:
        self._outcome(effect, at)  # nobody hears the answer any more

    def _submitted(self, effect: effects.SubmitOrder, sent_at: datetime, at: datetime) -> Message:
        return self._answer(effect, sent_at, at, self._outcome(effect, at))

    def _outcome(self, effect: effects.SubmitOrder, at: datetime) -> Outcome:
        if self._exchange.is_in_maintenance:
            return UNAVAILABLE
        if at - effect.intended_at > self._receive_window:
            return results.OrderRefused(code=_OUTSIDE_THE_WINDOW, text="outside of the receive window")
        if effect.dead_mans_switch_s is not None and effect.instrument.is_derivative:
            countdown_ms = round(effect.dead_mans_switch_s * 1000)
            self._exchange.cancel_all_after(ACCOUNT, symbol_of(effect.instrument), countdown_ms)
        try:
            return seen(self._exchange.submit(ACCOUNT, request_of(effect)).order)
        except Rejected as rejected:
            return results.OrderRefused(code=rejected.reason.value, text=str(rejected))

    def _unknown(self, effect: effects.SubmitOrder, sent_at: datetime, at: datetime) -> Message:
        self.answers_lost += 1
        return self._answer(effect, sent_at, at, results.OutcomeUnknown(reason="no answer within the time-out"))

    def _answer(
        self,
        effect: effects.SubmitOrder,
        sent_at: datetime,
        at: datetime,
        outcome: Outcome,
    ) -> Message:
        return results.OrderAnswered.first(
            self._new_id(at),
            STAGE,
            at,
            client_order_id=effect.client_order_id,
            outcome=outcome,
            sent_at=sent_at,
        )

    def _cancelled(self, effect: effects.CancelOrder, at: datetime) -> Message:
        with suppress(Rejected):  # gone already: the look-up tells
            self._exchange.cancel(
                ACCOUNT,
                market_of(effect.instrument),
                symbol_of(effect.instrument),
                client_order_id=effect.client_order_id,
            )
        return results.CancelAsked.first(self._new_id(at), STAGE, at, client_order_id=effect.client_order_id)

    def _looked_up(self, effect: effects.LookUpOrder, at: datetime) -> Message:
        outcome: results.OrderSeen | results.OrderAbsent
        try:
            order = self._exchange.order(
                ACCOUNT,
                market_of(effect.instrument),
                symbol_of(effect.instrument),
                client_order_id=effect.client_order_id,
            )
            outcome = seen(order)
        except Rejected:
            outcome = results.OrderAbsent()
        return results.OrderLookedUp.first(
            self._new_id(at), STAGE, at, client_order_id=effect.client_order_id, outcome=outcome, asked_at=at
        )

    def _trades(self, effect: effects.FetchTrades, at: datetime) -> Message:
        fills = self._exchange.trades(
            ACCOUNT, market_of(effect.instrument), symbol_of(effect.instrument), order_id=int(effect.order_id)
        )
        return results.TradesFetched.first(
            self._new_id(at),
            STAGE,
            at,
            client_order_id=effect.client_order_id,
            trades=tuple(map(own_trade, fills)),
        )

    def _prepared(self, effect: effects.PrepareInstrument, at: datetime) -> Message:
        failure = None
        try:
            self._exchange.set_leverage(ACCOUNT, symbol_of(effect.instrument), effect.leverage)
        except Rejected as rejected:
            failure = str(rejected)
        return results.InstrumentPrepared.first(
            self._new_id(at), STAGE, at, venue=self._venue, symbol=effect.instrument.symbol, failure=failure
        )
