"""The notifier on a real bus, telling a real webhook."""

import asyncio
import json
import os
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import HttpUrl
from redis.asyncio import Redis
from tests.integration.common.running import eventually, publish, running

from poise_common.contracts.control import Alert, Severity
from poise_common.platform.ids import random_ids
from poise_common.platform.settings import RedisSettings
from poise_notifier.app import compose
from poise_notifier.settings import NotifierSection, NotifierSettings

new_id = random_ids()


class Webhook:
    """Answers the first `failures` posts with 500 and keeps the rest."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.failures = 0
        self.url = ""

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = re.findall(rb"content-length: (\d+)", head.lower())
        body = await reader.readexactly(int(length))
        status = b"200 OK"
        if self.failures > 0:
            self.failures -= 1
            status = b"500 Internal Server Error"
        else:
            self.told.append(json.loads(body))
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    hook = Webhook()
    server = await asyncio.start_server(hook.connected, "127.0.0.1", 0)
    hook.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield hook
    server.close()


def settings(redis_url: str, webhook_url: str) -> NotifierSettings:
    return NotifierSettings(
        redis=RedisSettings(url=redis_url),
        notifier=NotifierSection(webhook_url=HttpUrl(webhook_url), retry_delays_s=(0.01, 0.01)),
    )


def alert(*, firing: bool) -> Alert:
    now = datetime.now(UTC)
    return Alert.first(
        new_id(now),
        "risk",
        now,
        name="kill_switch",
        subject="desk",
        severity=Severity.CRITICAL,
        firing=firing,
        text="daily loss 5.2 % of 5 %",
        raised_by="risk",
        raised_at=now,
    )


async def test_an_alert_raised_before_the_start_is_told_once_and_closed(redis_url: str, webhook: Webhook) -> None:
    raised, closed = alert(firing=True), alert(firing=False)
    async with Redis.from_url(redis_url) as redis:
        await publish(redis, raised, raised, alert(firing=True))
        notifier = settings(redis_url, webhook.url)
        async with running(compose(notifier), notifier):
            await eventually(lambda: len(webhook.told) == 1, "the alert is told")
            await publish(redis, closed)
            await eventually(lambda: len(webhook.told) == 2, "its end is told")
    assert [(told["occasion"], told["name"], told["severity"]) for told in webhook.told] == [
        ("began", "kill_switch", "critical"),
        ("ended", "kill_switch", "critical"),
    ]
    assert webhook.told[0]["text"] == "daily loss 5.2 % of 5 %"


async def test_a_webhook_that_fails_is_told_again(redis_url: str, webhook: Webhook) -> None:
    webhook.failures = 2
    notifier = settings(redis_url, webhook.url)
    async with Redis.from_url(redis_url) as redis, running(compose(notifier), notifier):
        await publish(redis, alert(firing=True))
        await eventually(lambda: len(webhook.told) == 1, "the alert is told at the third attempt")


async def test_a_webhook_that_is_no_web_address_is_refused_with_code_2(redis_url: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "poise_notifier"),
        env=os.environ | {"POISE_REDIS__URL": redis_url, "POISE_NOTIFIER__WEBHOOK_URL": "ftp://example"},
        stdout=PIPE,
        stderr=PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 2
    assert "notifier.webhook_url = 'ftp://example'" in errors.decode()
    assert "Traceback" not in errors.decode()
