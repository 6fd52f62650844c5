"""What comes from Telegram: what somebody wrote, and which button somebody pressed."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.contracts.message import Message
from poise_common.domain.value import Value

YES, NO = "yes", "no"


class TelegramText(Message):
    """Something that was written to the bot."""

    type: Literal["TelegramText"] = "TelegramText"
    update_id: int
    user_id: int
    user_name: str
    chat_id: int
    is_private: bool
    text: str
    sent_at: AwareDatetime


class TelegramPress(Message):
    """A button under one of the bot's messages was pressed."""

    type: Literal["TelegramPress"] = "TelegramPress"
    update_id: int
    user_id: int
    user_name: str
    chat_id: int
    press_id: str
    """Telegram's id of the press, by which it is answered."""
    data: str
    message_id: int


class TelegramHeard(Message):
    """Whether what people write can be heard at all."""

    type: Literal["TelegramHeard"] = "TelegramHeard"
    is_heard: bool
    since: AwareDatetime
    reason: str = ""


class UpdateTaken(Value):
    """An update that has had its effect: it may come again, and has none then."""

    update_id: int
    taken_at: AwareDatetime


@dataclass(frozen=True, slots=True)
class AnswerPress:
    """Have Telegram show a short answer to whoever pressed a button.

    `ended_text` is what the message says from then on, without buttons; None leaves it as it is.
    """

    press_id: str
    text: str
    chat_id: int
    message_id: int
    ended_text: str | None


def button_data(word: str, order_id: UUID) -> str:
    """Write what a button carries: at most 64 bytes."""
    return f"{word}:{order_id.hex}"


def pressed(data: str) -> tuple[str, UUID] | None:
    """Read what a button carried; None of what is none of ours."""
    word, _, given = data.partition(":")
    try:
        order_id = UUID(hex=given)
    except ValueError:
        return None
    return (word, order_id) if word in {YES, NO} else None
