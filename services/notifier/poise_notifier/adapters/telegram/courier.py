"""Tells people by Telegram."""

from html import escape
from typing import Any
from uuid import UUID

import structlog

from poise_common.contracts.control import Severity
from poise_notifier.adapters.telegram.bot_api import BAD_REQUEST, FORBIDDEN, BotApi, TelegramFailed, TelegramUnclear
from poise_notifier.domain.mail.notices import Deliver, DeliveryOutcome, chat_of
from poise_notifier.domain.telegram.updates import NO, YES, AnswerPress, button_data
from poise_notifier.ports import Ending

_UNITS_MAX = 4_000
"""Telegram takes 4,096 UTF-16 units."""
_NOBODY_THERE = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "upgraded to a supergroup",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "bot was",
)
"""In what Telegram says when it is the chat, not the message, that does not take it."""


class TelegramCourier:
    """Sends messages with the heading in bold; one that Telegram cannot read so goes as plain text."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._log = structlog.get_logger()

    async def deliver(self, deliver: Deliver) -> Ending:
        """Send one message."""
        chat = chat_of(deliver.mailbox)
        try:
            try:
                return _sent(await self._api.call("sendMessage", _dressed(deliver, chat)))
            except TelegramFailed as failed:
                if failed.code != BAD_REQUEST or _is_of_chat(failed):
                    raise
                self._log.warning("Telegram does not read a message; sending it plain", error=str(failed))
                return _sent(await self._api.call("sendMessage", _plain(deliver, chat)))
        except TelegramFailed as failed:
            return _ending(failed)

    async def answer(self, answer: AnswerPress) -> None:
        """Show whoever pressed a button what came of it; it counts all the same where that does not succeed."""
        try:
            await self._api.call("answerCallbackQuery", {"callback_query_id": answer.press_id, "text": answer.text})
        except TelegramFailed as failed:
            self._log.warning("a press was not answered", error=str(failed))
        if answer.ended_text is None:
            return
        try:
            await self._api.call(
                "editMessageText",
                {"chat_id": answer.chat_id, "message_id": answer.message_id, "text": answer.ended_text},
            )
        except TelegramFailed as failed:
            self._log.warning("buttons were not taken away", error=str(failed))


def _dressed(deliver: Deliver, chat_id: int) -> dict[str, Any]:
    heading, newline, rest = _cut(deliver.text).partition("\n")
    html = f"<b>{escape(heading, quote=False)}</b>{newline}{escape(rest, quote=False)}"
    return {**_plain(deliver, chat_id), "text": html, "parse_mode": "HTML"}


def _plain(deliver: Deliver, chat_id: int) -> dict[str, Any]:
    parameters: dict[str, Any] = {
        "chat_id": chat_id,
        "text": _cut(deliver.text),
        "link_preview_options": {"is_disabled": True},
        "disable_notification": all(
            notice.told is not None and notice.told.severity is Severity.INFO for notice in deliver.notices
        ),
    }
    if deliver.reply_to is not None:
        parameters["reply_parameters"] = {"message_id": deliver.reply_to, "allow_sending_without_reply": True}
    order_id = deliver.notices[0].order_id
    if order_id is not None:
        parameters["reply_markup"] = {
            "inline_keyboard": [[_button("Confirm", YES, order_id), _button("Cancel", NO, order_id)]]
        }
    return parameters


def _button(label: str, word: str, order_id: UUID) -> dict[str, str]:
    return {"text": label, "callback_data": button_data(word, order_id)}


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _UNITS_MAX:
        return text
    return units[: 2 * _UNITS_MAX].decode("utf-16-le", errors="ignore") + "\n…"


def _sent(result: object) -> Ending:
    number = result.get("message_id") if isinstance(result, dict) else None
    return Ending(DeliveryOutcome.DELIVERED, receipt=number if isinstance(number, int) else None)


def _ending(failed: TelegramFailed) -> Ending:
    outcome = DeliveryOutcome.CHANNEL_FAILED
    if failed.code == FORBIDDEN or _is_of_chat(failed):
        outcome = DeliveryOutcome.RECIPIENT_FAILED
    elif failed.code == BAD_REQUEST:
        outcome = DeliveryOutcome.REFUSED
    return Ending(
        outcome,
        reason=str(failed),
        is_unclear=isinstance(failed, TelegramUnclear),
        retry_after_s=failed.retry_after_s,
    )


def _is_of_chat(failed: TelegramFailed) -> bool:
    said = failed.description.lower()
    return failed.code == BAD_REQUEST and any(words in said for words in _NOBODY_THERE)
