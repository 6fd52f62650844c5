"""Telegram's updates as the notifier's own messages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from poise_common.contracts.message import Message
from poise_common.domain.clock import from_ms
from poise_common.domain.ids import derived_id
from poise_notifier.domain.announcer import STAGE
from poise_notifier.domain.telegram.updates import TelegramPress, TelegramText

FETCHED = ("message", "callback_query")
_NOBODY = UUID(int=0)
_SECOND_HAND = ("forward_origin", "forward_date", "sender_chat", "via_bot")
"""In messages that somebody else wrote, or that nobody in person did."""


def message_of(update: Mapping[str, Any], bot_id: str, bot_name: str) -> Message | None:
    """Return what an update says, always under the same id; None of what is not for the bot.

    Raises KeyError, TypeError or ValueError for an update that is not as Telegram describes it.
    """
    update_id = int(update["update_id"])
    id_ = derived_id(_NOBODY, "telegram", bot_id, str(update_id))
    if "message" in update:
        return _text(update["message"], update_id, id_, bot_name)
    if "callback_query" in update:
        return _press(update["callback_query"], update_id, id_)
    return None


def _text(message: Mapping[str, Any], update_id: int, id_: UUID, bot_name: str) -> Message | None:
    text, sender, chat = message.get("text"), message.get("from"), message["chat"]
    if not isinstance(text, str) or sender is None or sender.get("is_bot") or any(map(message.get, _SECOND_HAND)):
        return None
    _, at, rest = text.split(maxsplit=1)[0].partition("@") if text.startswith("/") else ("", "", "")
    if at and rest.lower() != bot_name.lower():
        return None  # for another bot of the group
    sent_at = from_ms(int(message["date"]) * 1_000)
    return TelegramText.first(
        id_,
        STAGE,
        sent_at,
        update_id=update_id,
        user_id=int(sender["id"]),
        user_name=_name(sender),
        chat_id=int(chat["id"]),
        is_private=chat.get("type") == "private",
        text=text,
        sent_at=sent_at,
    )


def _press(press: Mapping[str, Any], update_id: int, id_: UUID) -> Message | None:
    under, sender = press.get("message"), press["from"]
    if under is None or not isinstance(press.get("data"), str):
        return None
    return TelegramPress(
        id=id_,
        trace_id=id_,
        update_id=update_id,
        user_id=int(sender["id"]),
        user_name=_name(sender),
        chat_id=int(under["chat"]["id"]),
        press_id=str(press["id"]),
        data=press["data"],
        message_id=int(under["message_id"]),
    )


def _name(sender: Mapping[str, Any]) -> str:
    return str(sender.get("username") or sender.get("first_name") or "")
