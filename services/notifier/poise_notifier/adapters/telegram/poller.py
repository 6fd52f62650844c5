"""Hears what people write to the bot, by long polling: nothing of this machine needs to be reached from outside."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.service import Push
from poise_notifier.adapters.telegram.bot_api import BotApi, TelegramFailed
from poise_notifier.adapters.telegram.reading import FETCHED, message_of
from poise_notifier.domain.announcer import STAGE
from poise_notifier.domain.parameters import NotifierConfig
from poise_notifier.domain.telegram.updates import TelegramHeard

_NUMBERS_GO_ON_FOR = timedelta(days=1)
"""After a quiet week Telegram numbers updates anew. What is a day old it has dropped: then no number is told it."""


class TelegramPoller:
    """Push each update; where an update was taken is in the book, and one that comes again has no effect."""

    def __init__(self, api: BotApi, config: NotifierConfig, clock: Clock, new_id: NewId) -> None:
        self._api = api
        self._config = config
        self._clock = clock
        self._new_id = new_id
        self._bot_name: str | None = None
        self._next_update: int | None = None
        self._came_at = clock()
        self._failing_since: datetime | None = None
        self._is_heard: bool | None = None
        self._delay_s = config.delivery.retry_delay_s
        self._log = structlog.get_logger()

    async def run(self, push: Push) -> None:
        """Poll until cancelled; what fails is tried again."""
        while True:
            try:
                updates = await self._fetch()
            except TelegramFailed as failed:
                await self._failed(failed, push)
                continue
            await self._succeeded(push)
            for update in updates:
                await self._take(update, push)

    async def _fetch(self) -> Sequence[Mapping[str, Any]]:
        if self._bot_name is None:
            me = await self._api.call("getMe", {})
            self._bot_name = str(me.get("username", "")) if isinstance(me, dict) else ""
        if self._clock() - self._came_at > _NUMBERS_GO_ON_FOR:
            self._next_update = None
        seconds = self._config.telegram.poll_timeout_s
        parameters: dict[str, Any] = {"timeout": seconds, "allowed_updates": FETCHED}
        if self._next_update is not None:
            parameters["offset"] = self._next_update
        found = await self._api.call("getUpdates", parameters, waits_s=seconds)
        if not isinstance(found, list):
            raise TelegramFailed("getUpdates", "an answer that is no list of updates")
        return found

    async def _take(self, update: Mapping[str, Any], push: Push) -> None:
        self._came_at = self._clock()
        message = None
        try:
            message = message_of(update, self._api.bot_id, self._bot_name or "")
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self._log.warning("an update that cannot be read", error=type(error).__name__)
        if message is not None:
            await push(message)
        if (number := _number(update)) is not None:
            self._next_update = number + 1

    async def _failed(self, failed: TelegramFailed, push: Push) -> None:
        now = self._clock()
        if self._failing_since is None:
            self._failing_since = now
            self._log.warning("Telegram is not heard, trying again", error=str(failed))
        lasts = now - self._failing_since >= self._config.delivery.unreachable_after
        if lasts and self._is_heard is not False:
            self._is_heard = False
            await push(self._heard(self._failing_since, str(failed)))
        await asyncio.sleep(max(self._delay_s, failed.retry_after_s or 0))
        self._delay_s = min(self._config.delivery.retry_delay_max_s, self._delay_s * 2)

    async def _succeeded(self, push: Push) -> None:
        if self._failing_since is not None:
            self._log.info("Telegram is heard again", after_s=(self._clock() - self._failing_since).total_seconds())
        self._failing_since = None
        self._delay_s = self._config.delivery.retry_delay_s
        if self._is_heard is not True:
            self._is_heard = True
            await push(self._heard(self._clock()))

    def _heard(self, since: datetime, reason: str = "") -> TelegramHeard:
        now = self._clock()
        return TelegramHeard.first(self._new_id(now), STAGE, now, is_heard=not reason, since=since, reason=reason)


def _number(update: object) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number if isinstance(number, int) else None
