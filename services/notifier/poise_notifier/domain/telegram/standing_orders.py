"""Orders whose outcome is not known yet: people are told what really came of each, not that it was sent."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from poise_common.contracts.control import Alert
from poise_common.contracts.core import Output, Publish, Store
from poise_common.contracts.execution import VenueState
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import RiskState
from poise_common.domain.ids import derived_id
from poise_notifier.domain.desk_view import DeskView
from poise_notifier.domain.mail.mailroom import Mailroom
from poise_notifier.domain.mail.notices import chat_mailbox
from poise_notifier.domain.mail.wording import duration
from poise_notifier.domain.parameters import TelegramConfig
from poise_notifier.domain.telegram.answers import risk_line
from poise_notifier.domain.telegram.orders import MODE_AFTER, Order, OrderCommand, OrderState, is_same_lock

REFUSED_ALERT = "acknowledgement_refused"
"""What execution answers to an acknowledgement that it does not take."""
NOTHING_DONE = "nothing was done"


class StandingOrders:
    """Follow each order to its end."""

    def __init__(
        self,
        config: TelegramConfig,
        view: DeskView,
        mailroom: Mailroom,
        signer: Signer | None,
        standing: Iterable[Order] = (),
    ) -> None:
        self._view = view
        self._mailroom = mailroom
        self._signer = signer
        self._outcome_within = timedelta(seconds=config.outcome_within_s)
        self._given_up_after = timedelta(seconds=config.outcome_given_up_after_s)
        self._standing = {order.order_id: order for order in standing}

    def find(self, order_id: UUID) -> Order | None:
        """Return an order that has no outcome yet."""
        return self._standing.get(order_id)

    def ask(self, order: Order, text: str, now: datetime) -> Sequence[Output]:
        """Have whoever gave the order confirm it."""
        self._standing[order.order_id] = order
        asking = self._mailroom.answer(
            chat_mailbox(order.chat_id),
            text,
            derived_id(order.order_id, OrderState.ASKED.value),
            now,
            order_id=order.order_id,
        )
        return (Store(order), *asking)

    def send(self, order: Order, now: datetime) -> Sequence[Output]:
        """Send it; its outcome is told once it is known."""
        sent = order.model_copy(update={"state": OrderState.SENT, "sent_at": now})
        self._standing[order.order_id] = sent
        return (Store(sent), Publish(sent.message(now, self._signer)))

    def end(self, order: Order, state: OrderState, now: datetime, text: str | None = None) -> Sequence[Output]:
        """End an order; say why, unless whoever gave it sees that already."""
        del self._standing[order.order_id]
        ended = Store(order.model_copy(update={"state": state, "ended_at": now}))
        return (ended,) if text is None else (ended, *self._say(order, state.value, text, now))

    def risk_said(self, state: RiskState, now: datetime) -> Sequence[Output]:
        """Take risk's standing: it may be the answer to orders."""
        outputs: list[Output] = []
        for order in self._of(OrderCommand.HALT, OrderCommand.RESUME, OrderCommand.FLATTEN):
            if order.state is OrderState.CLOSING:
                outputs += self._closing(order, state, now)
            elif order.state is OrderState.SENT and order.follows(state):
                outputs += self._taken(order, state, now)
        return outputs

    def venue_said(self, state: VenueState, now: datetime) -> Sequence[Output]:
        """Take a venue's standing: its lock may be over, or another by now."""
        outputs: list[Output] = []
        for order in self._of(OrderCommand.ACK):
            if order.venue != state.venue or is_same_lock(order, state):
                continue
            if state.lock is not None:
                text = f"{order.venue} differs otherwise by now: {NOTHING_DONE}. /ack {order.venue} shows in what."
                outputs += self.end(order, OrderState.REFUSED, now, text)
            elif order.state is OrderState.SENT:
                text = f"{order.venue} is no longer locked; the books follow it. {risk_line(self._view.risk)}"
                outputs += self.end(order, OrderState.DONE, now, text)
            else:
                outputs += self.end(order, OrderState.REFUSED, now, f"{order.venue} is not locked any more.")
        return outputs

    def alert_said(self, alert: Alert, now: datetime) -> Sequence[Output]:
        """Take an alert: it may be execution's refusal of an acknowledgement."""
        order = self.find(alert.trace_id) if alert.name == REFUSED_ALERT else None
        if order is None:
            return ()
        return self.end(order, OrderState.REFUSED, now, f"Execution did not take it: {alert.text}")

    def tick(self, now: datetime) -> Sequence[Output]:
        """Let orders expire that nobody confirms; say where an outcome is not known in time."""
        outputs: list[Output] = []
        for order in list(self._standing.values()):
            if order.state is OrderState.ASKED and order.expires_at is not None and now >= order.expires_at:
                text = f"/{order.command.value} was not confirmed in time: {NOTHING_DONE}."
                outputs += self.end(order, OrderState.EXPIRED, now, text)
            elif order.state is OrderState.SENT and order.sent_at is not None:
                outputs += self._waited_for(order, now - order.sent_at, now)
        return outputs

    def _of(self, *commands: OrderCommand) -> list[Order]:
        return [order for order in self._standing.values() if order.command in commands]

    def _taken(self, order: Order, state: RiskState, now: datetime) -> Sequence[Output]:
        if state.mode is not MODE_AFTER[order.command]:
            return self.end(order, OrderState.REFUSED, now, f"Not as ordered: {risk_line(state)}")
        if order.command is OrderCommand.FLATTEN and state.flattening:
            closing = order.model_copy(update={"state": OrderState.CLOSING})
            self._standing[order.order_id] = closing
            text = f"Done: {risk_line(state)}. You are told when all is flat."
            return (Store(closing), *self._say(order, OrderState.CLOSING.value, text, now))
        return self.end(order, OrderState.DONE, now, f"Done: {risk_line(state)}")

    def _closing(self, order: Order, state: RiskState, now: datetime) -> Sequence[Output]:
        if state.flattening:
            return ()
        if state.mode is not MODE_AFTER[OrderCommand.FLATTEN]:
            return self.end(order, OrderState.REFUSED, now, f"The flattening was called off: {risk_line(state)}")
        return self.end(order, OrderState.DONE, now, f"All is flat: {risk_line(state)}")

    def _waited_for(self, order: Order, waited: timedelta, now: datetime) -> Sequence[Output]:
        answerer = "execution" if order.command is OrderCommand.ACK else "risk"
        if waited >= self._given_up_after:
            text = f"{answerer} has not confirmed /{order.command.value} within {duration(waited)}: look after it."
            return self.end(order, OrderState.REFUSED, now, text)
        if waited < self._outcome_within or order.is_late:
            return ()
        late = order.model_copy(update={"is_late": True})
        self._standing[order.order_id] = late
        text = (
            f"/{order.command.value} is on the bus, but {answerer} has not confirmed it within {duration(waited)};"
            f" is {answerer} running? What it said last: {risk_line(self._view.risk)}. You are told when it does."
        )
        return (Store(late), *self._say(order, "late", text, now))

    def _say(self, order: Order, what: str, text: str, now: datetime) -> Sequence[Output]:
        return self._mailroom.answer(chat_mailbox(order.chat_id), text, derived_id(order.order_id, what), now)
