"""A notifier between a real bus, a real book, and servers that stand for Telegram and for a webhook."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.integration.common.running import running
from tests.integration.notifier.bot_api_server import FakeTelegram
from tests.integration.service_process import ROOT, ServiceProcess

from poise_common.contracts.control import Alert, Severity
from poise_common.domain.clock import Clock
from poise_common.platform.clock import utc_now
from poise_common.platform.ids import random_ids
from poise_common.platform.settings import ConfigSettings, DatabaseSettings, RedisSettings
from poise_notifier.adapters.tables import notices
from poise_notifier.app import compose
from poise_notifier.settings import NotifierSettings

ME, OTHER, STRANGER = 11, 12, 99
_new_id = random_ids()
_PROMPT = {
    "DELIVERY__RETRY_DELAY_S": "0.05",
    "DELIVERY__RETRY_DELAY_MAX_S": "0.2",
    "DELIVERY__REQUEST_TIMEOUT_S": "1",
    "TELEGRAM__POLL_TIMEOUT_S": "1",
}
"""A configuration that waits for nobody longer than a test can."""


@dataclass
class Webhook:
    """Answers as ordered, then with success, and keeps what it was told."""

    told: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """Of the next answers."""
    url: str = ""

    async def posted(self, request: web.Request) -> web.Response:
        body = await request.read()
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        self.bodies.append(body)
        self.told.append(json.loads(body))
        self.headers.append(dict(request.headers))
        return web.Response()


class Rig:
    """Has a notifier run in this process, or in its own."""

    def __init__(
        self, redis_url: str, redis: Redis, engine: AsyncEngine, token_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.redis = redis
        self.engine = engine
        self.token_file = token_file
        self._redis_url = redis_url
        self._monkeypatch = monkeypatch
        self._variables = dict(_PROMPT)

    @property
    def database_url(self) -> str:
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def settings(self) -> NotifierSettings:
        return NotifierSettings(
            redis=RedisSettings(url=self._redis_url),
            database=DatabaseSettings(url=self.database_url),
            config=ConfigSettings(dir=ROOT / "config"),
        )

    @property
    def environment(self) -> dict[str, str]:
        return {f"POISE_NOTIFIER__{name}": value for name, value in self._variables.items()}

    def configure(self, **variables: str) -> None:
        """Set variables of the notifier, without their prefix."""
        self._variables |= variables
        for name, value in self.environment.items():
            self._monkeypatch.setenv(name, value)

    def use_telegram(self, telegram: FakeTelegram, **variables: str) -> None:
        """Tell me, and listen to me and another."""
        own = {"API_URL": telegram.url, "TOKEN_FILE": str(self.token_file)}
        own |= {"CHAT_IDS": f"[{ME}]", "USER_IDS": f"[{ME}, {OTHER}]", **variables}
        self.configure(**{f"TELEGRAM__{name}": value for name, value in own.items()})

    @asynccontextmanager
    async def running(self, clock: Clock = utc_now) -> AsyncIterator[None]:
        """Run it in this process while inside."""
        settings = self.settings
        async with running(compose(settings, clock), settings, clock):
            yield

    def process(self) -> ServiceProcess:
        """Return it as a process of its own."""
        return ServiceProcess("notifier", self._redis_url, self.database_url, **self.environment)

    async def states(self) -> list[str]:
        """Return how every notice stands, in order."""
        async with self.engine.connect() as connection:
            found = await connection.execute(select(notices.c.state).order_by(notices.c.position))
            return list(found.scalars())

    async def is_tried_in_vain(self) -> bool:
        """Say whether something waits though it was tried, and it is known that it failed."""
        async with self.engine.connect() as connection:
            tried = select(notices.c.notice_id).where(notices.c.state == "waiting", notices.c.note != "")
            return (await connection.execute(tried)).first() is not None


def alert(*, firing: bool, name: str = "kill_switch", subject: str = "desk", **fields: Any) -> Alert:
    """Return an alert of risk's, raised now."""
    now = datetime.now(UTC)
    told = {"severity": Severity.CRITICAL, "text": "daily loss 5.2 % of 5 % <b>& more", **fields}
    return Alert.first(
        _new_id(now), "risk", now, name=name, subject=subject, firing=firing, raised_by="risk", raised_at=now, **told
    )
