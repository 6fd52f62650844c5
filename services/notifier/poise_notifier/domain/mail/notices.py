"""What is to be told to one recipient, until it was: durable before the first attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.message import Message
from poise_common.domain.value import Value
from poise_notifier.domain.alerts.episodes import Told

TELEGRAM = "telegram"
WEBHOOK = "webhook"


def chat_mailbox(chat_id: int) -> str:
    """Name the mailbox of a Telegram chat."""
    return f"{TELEGRAM}:{chat_id}"


def channel_of(mailbox: str) -> str:
    """Name the channel that a mailbox is reached by."""
    return mailbox.partition(":")[0]


def chat_of(mailbox: str) -> int:
    """Return the chat of a Telegram mailbox."""
    return int(mailbox.partition(":")[2])


class NoticeState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    SUMMARISED = "summarised"
    """Told in one message with others that had waited."""
    SET_ASIDE = "set_aside"
    """The channel does not take it, whatever is tried."""


class Notice(Value):
    """One thing to tell one recipient: of an alert, or an answer to a person."""

    notice_id: UUID
    position: int
    """What is told first has the smaller one."""
    mailbox: str
    told: Told | None = None
    text: str = ""
    """Of an answer."""
    order_id: UUID | None = None
    """The order that this asks to be confirmed."""
    made_at: AwareDatetime
    state: NoticeState = NoticeState.WAITING
    attempts: int = 0
    ended_at: AwareDatetime | None = None
    receipt: int | None = None
    """The channel's own number of the message."""
    note: str = ""
    """Why the last attempt failed, where it is sure that none has arrived; or how it was told."""

    @property
    def may_be_told(self) -> bool:
        """Say whether an attempt was begun of which nothing is known."""
        return self.attempts > 0 and not self.note

    def ended(self, state: NoticeState, now: datetime, *, receipt: int | None = None, note: str = "") -> "Notice":
        """Return it as told, or as given up; what was told together counts as tried."""
        changes = {"state": state, "ended_at": now, "receipt": receipt, "note": note}
        return self.model_copy(update={**changes, "attempts": max(1, self.attempts)})


@dataclass(frozen=True, slots=True)
class Deliver:
    """Have a channel tell these in one message; the answer is `DeliveryEnded` with the same attempt."""

    mailbox: str
    attempt: int
    notices: Sequence[Notice]
    text: str
    reply_to: int | None = None
    """The channel's number of the message that this belongs to."""


@dataclass(frozen=True, slots=True)
class Write:
    """Have the log say what people are told."""

    told: Told


class DeliveryOutcome(StrEnum):
    DELIVERED = "delivered"
    CHANNEL_FAILED = "channel_failed"
    """Nobody is reached by this channel now."""
    RECIPIENT_FAILED = "recipient_failed"
    """This recipient is not reached; others may be."""
    REFUSED = "refused"
    """The channel takes this message in no form."""


class DeliveryEnded(Message):
    """What came of an attempt to deliver."""

    type: Literal["DeliveryEnded"] = "DeliveryEnded"
    mailbox: str
    attempt: int
    outcome: DeliveryOutcome
    receipt: int | None = None
    reason: str = ""
    is_unclear: bool = False
    """It may have arrived all the same."""
    retry_after_s: float | None = None
    """How long the channel asks to be left alone."""
