"""Who is listened to: strangers get no answer, and are an alert."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from poise_common.contracts.control import Severity
from poise_common.contracts.core import Output
from poise_notifier.domain.announcer import Announcer
from poise_notifier.domain.parameters import TelegramConfig

STRANGER_ALERT = "telegram_stranger"


class Doorkeeper:
    """Let in who is on the list, and where orders are taken."""

    def __init__(self, config: TelegramConfig, announcer: Announcer) -> None:
        self._users = frozenset(config.user_ids)
        self._groups = frozenset(config.chat_ids) if config.commands_in_groups else frozenset[int]()
        self._announcer = announcer
        self._interval = timedelta(seconds=config.stranger_interval_s)
        self._told_at: datetime | None = None
        self._unsaid = 0

    def knows(self, user_id: int) -> bool:
        return user_id in self._users

    def takes_orders_in(self, chat_id: int, user_id: int) -> bool:
        """Say whether a chat is one to order in: a person's own, which has the person's id, or a listed group."""
        return chat_id == user_id or chat_id in self._groups

    def turn_away(self, user_id: int, user_name: str, chat_id: int, now: datetime) -> Sequence[Output]:
        """Have people told of a stranger; of more of them within a while only that there were."""
        if self._told_at is not None and now - self._told_at < self._interval:
            self._unsaid += 1
            return ()
        others = f"; {self._unsaid} more attempts since the last such alert" if self._unsaid else ""
        self._told_at, self._unsaid = now, 0
        text = (
            f"user {user_id} ({user_name or 'no name'}) in chat {chat_id} is not on the list and got no answer{others}"
        )
        return self._announcer.happened(STRANGER_ALERT, "telegram", Severity.WARNING, text, now)
