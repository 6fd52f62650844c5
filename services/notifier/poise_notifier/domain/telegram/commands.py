"""What people may ask and order by Telegram."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from poise_common.contracts.core import Output, Run
from poise_common.contracts.execution import VenueState
from poise_common.domain.ids import derived_id
from poise_notifier.domain.announcer import Announcer
from poise_notifier.domain.desk_view import DeskView
from poise_notifier.domain.mail.mailroom import Mailroom
from poise_notifier.domain.mail.notices import chat_mailbox
from poise_notifier.domain.mail.wording import duration
from poise_notifier.domain.parameters import TelegramConfig
from poise_notifier.domain.telegram import answers
from poise_notifier.domain.telegram.doorkeeper import Doorkeeper
from poise_notifier.domain.telegram.orders import Order, OrderCommand, OrderState, is_same_lock
from poise_notifier.domain.telegram.standing_orders import NOTHING_DONE, StandingOrders
from poise_notifier.domain.telegram.updates import YES, AnswerPress, TelegramPress, TelegramText, pressed

_COMMAND = re.compile(r"/(?P<name>[A-Za-z_]+)(?:@\w+)?(?:\s+(?P<rest>.*))?", re.DOTALL)
_REASON_MAX = 300
_BY_HAND = "by Telegram"
_WHAT_ACK_DOES = (
    "Confirming takes the account as the venue has it: the books follow, and the lock ends."
    " Risk stays HALTED until /resume."
)


class Commands:
    """Answer questions at once; have dangerous orders confirmed by whoever gave them, where they gave them, once."""

    def __init__(
        self,
        config: TelegramConfig,
        view: DeskView,
        announcer: Announcer,
        mailroom: Mailroom,
        orders: StandingOrders,
        *,
        can_sign: bool,
    ) -> None:
        self._view = view
        self._announcer = announcer
        self._mailroom = mailroom
        self._orders = orders
        self._can_sign = can_sign
        self._doorkeeper = Doorkeeper(config, announcer)
        self._confirm_within = timedelta(seconds=config.confirm_within_s)
        self._deadline = f"To be confirmed within {duration(self._confirm_within)}, by whoever ordered it."
        self._age_max = timedelta(seconds=config.order_age_max_s)
        self._questions: Mapping[str, Callable[[datetime], str]] = {
            "status": lambda now: answers.status(view, announcer.firing, now),
            "positions": lambda _: answers.positions(view),
            "pnl": lambda _: answers.pnl(view),
            "limits": lambda _: answers.limits(view),
            "alerts": lambda now: answers.alerts(announcer.firing, now),
            "help": lambda _: answers.HELP,
            "start": lambda _: answers.HELP,
        }

    def written(self, text: TelegramText, now: datetime) -> Sequence[Output]:
        """Take what somebody wrote."""
        command = _COMMAND.fullmatch(text.text.strip())
        if not self._doorkeeper.knows(text.user_id):
            if command is None and not text.is_private:
                return ()  # people talk in groups
            return self._doorkeeper.turn_away(text.user_id, text.user_name, text.chat_id, now)
        if not self._doorkeeper.takes_orders_in(text.chat_id, text.user_id):
            return ()
        if command is None:
            return self._answer(text, answers.UNKNOWN, now) if text.is_private else ()
        return self._commanded(text, command["name"].lower(), (command["rest"] or "").strip(), now)

    def pressed(self, press: TelegramPress, now: datetime) -> Sequence[Output]:
        """Take a press on a button: it counts from whoever gave the order, in that chat, in time, and once."""
        if not self._doorkeeper.knows(press.user_id):
            return self._doorkeeper.turn_away(press.user_id, press.user_name, press.chat_id, now)
        found = pressed(press.data)
        order = None if found is None else self._orders.find(found[1])
        if found is None or order is None or order.state is not OrderState.ASKED:
            return (_shown(press, f"This is over: {NOTHING_DONE} by this press."),)
        if (press.user_id, press.chat_id) != (order.user_id, order.chat_id):
            return (_shown(press, "Only whoever gave the order confirms it, where it was given."),)
        if (refusal := self._refusal(order, found[0], now)) is not None:
            state, short, why = refusal
            ended = f"/{order.command.value} {why}: {NOTHING_DONE}."
            return (*self._orders.end(order, state, now), _shown(press, short, ended))
        ended = f"/{order.command.value} was confirmed {now:%H:%M:%S} UTC ({order.reason}); what comes of it follows."
        return (*self._orders.send(order, now), _shown(press, "Confirmed.", ended))

    def _refusal(self, order: Order, word: str, now: datetime) -> tuple[OrderState, str, str] | None:
        """Return why a press does not send the order: its end, and two ways to say it."""
        if order.expires_at is None or now >= order.expires_at:
            return OrderState.EXPIRED, "Too late.", "was not confirmed in time"
        if word != YES:
            return OrderState.CANCELLED, "Cancelled.", "was cancelled"
        if order.command is OrderCommand.ACK and not is_same_lock(order, self._view.venue(order.venue or "")):
            return OrderState.REFUSED, "Not the same lock.", f"was of other differences than {order.venue} has by now"
        return None

    def _commanded(self, text: TelegramText, name: str, rest: str, now: datetime) -> Sequence[Output]:
        if name in self._questions:
            return self._answer(text, self._questions[name](now), now)
        if name not in {known.value for known in OrderCommand}:
            return self._answer(text, answers.UNKNOWN, now)
        return self._ordered(OrderCommand(name), text, rest, now)

    def _ordered(self, command: OrderCommand, text: TelegramText, rest: str, now: datetime) -> Sequence[Output]:
        age = now - text.sent_at
        if age > self._age_max and command is not OrderCommand.HALT:
            # Whoever wrote it may have thought better of it since; a halt is never the wrong way to be late.
            return self._answer(
                text, f"/{command.value} came {duration(age)} late: {NOTHING_DONE}. Send it again.", now
            )
        if command is OrderCommand.ACK:
            return self._acknowledging(text, rest, now)
        order = self._order(command, text, rest, now)
        match command:
            case OrderCommand.HALT:
                return self._orders.send(order, now)
            case OrderCommand.RESUME if self._view.locked:
                names = ", ".join(state.venue for state in self._view.locked)
                return self._answer(text, f"{names} is locked: {NOTHING_DONE}. /ack shows why, and ends it.", now)
            case OrderCommand.RESUME:
                question = f"Take up trading again? {answers.risk_line(self._view.risk)}"
            case _:
                held = self._view.portfolio
                what = "every package" if held is None else f"{len(held.packages)} packages, ${held.exposure_usd:,.0f}"
                question = f"Close {what}, then stay halted?"
        return self._orders.ask(order, f"{question}\nReason: {order.reason}\n{self._deadline}", now)

    def _acknowledging(self, text: TelegramText, rest: str, now: datetime) -> Sequence[Output]:
        venue, reason = self._venue(rest)
        if isinstance(venue, str):
            return self._answer(text, venue, now)
        shown = answers.differences(venue)
        if venue.lock is None:
            return self._answer(text, shown, now)
        if not self._can_sign:
            how = f"`poise ack {venue.venue}` with the operator's key acknowledges it; there is no key here."
            return self._answer(text, f"{shown}\n{how}", now)
        order = self._order(OrderCommand.ACK, text, reason, now, lock=venue.lock, venue=venue.venue)
        return self._orders.ask(order, f"{shown}\n{_WHAT_ACK_DOES}\n{self._deadline}", now)

    def _venue(self, rest: str) -> tuple[VenueState | str, str]:
        """Return the venue that is meant, or what is wrong with what was written; and the reason."""
        first, _, after = rest.partition(" ")
        named = self._view.venue(first)
        if named is not None:
            return named, after.strip()
        locked = self._view.locked
        if len(locked) == 1:
            return locked[0], rest
        if not locked:
            return "No venue is locked.", rest
        return f"Several venues are locked: {', '.join(state.venue for state in locked)}. Name one.", rest

    def _order(self, command: OrderCommand, text: TelegramText, reason: str, now: datetime, **of_lock: object) -> Order:
        return Order.model_validate(
            {
                "order_id": derived_id(text.id, "order"),
                "command": command,
                "reason": reason[:_REASON_MAX] or _BY_HAND,
                "user_id": text.user_id,
                "chat_id": text.chat_id,
                "state": OrderState.ASKED,
                "asked_at": now,
                "expires_at": None if command is OrderCommand.HALT else now + self._confirm_within,
                **of_lock,
            }
        )

    def _answer(self, text: TelegramText, answer: str, now: datetime) -> Sequence[Output]:
        return self._mailroom.answer(chat_mailbox(text.chat_id), answer, text.id, now)


def _shown(press: TelegramPress, text: str, ended_text: str | None = None) -> Run:
    return Run(AnswerPress(press.press_id, text, press.chat_id, press.message_id, ended_text))
