"""Where people are told: the log, and a webhook where one is configured."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Protocol

import structlog

from poise_common.contracts.control import Severity
from poise_common.platform.service import Push
from poise_notifier.domain.core import Tell

_TIMEOUT_S = 10


class Channel(Protocol):
    async def tell(self, tell: Tell) -> None:
        """Tell people; raise OSError where they were not reached."""
        ...


class LogChannel:
    """One structured line an alert."""

    async def tell(self, tell: Tell) -> None:
        """Write the line."""
        log = structlog.get_logger()
        write = log.info if tell.alert.severity is Severity.INFO else log.warning
        write("alert", occasion=tell.occasion.value, **_fields(tell))


class WebhookChannel:
    """POST one JSON object an alert."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def tell(self, tell: Tell) -> None:
        """Post it; any answer but a success is not reached."""
        body = json.dumps({"occasion": tell.occasion.value, **_fields(tell)}).encode()
        await asyncio.to_thread(self._post, body)

    def _post(self, body: bytes) -> None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url, body, headers)  # noqa: S310  (settings take http and https only)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_S):  # noqa: S310  (same)
            pass


class Channels:
    """Tell on every channel, trying again for a while; what is not reached is said in the log."""

    def __init__(self, channels: Sequence[Channel], retry_delays_s: Sequence[float]) -> None:
        self._channels = channels
        self._retry_delays_s = retry_delays_s

    async def run(self, effect: object, push: Push) -> None:  # noqa: ARG002  (nothing comes back)
        """Tell on all channels at once."""
        if isinstance(effect, Tell):
            await asyncio.gather(*(self._tell(channel, effect) for channel in self._channels))

    async def _tell(self, channel: Channel, tell: Tell) -> None:
        for delay_s in (*self._retry_delays_s, None):
            try:
                return await channel.tell(tell)
            except OSError as error:
                if delay_s is None:
                    structlog.get_logger().error("alert not delivered", alert=tell.alert.name, error=str(error))
                else:
                    await asyncio.sleep(delay_s)
        return None


def _fields(tell: Tell) -> dict[str, str]:
    alert = tell.alert
    return {
        "name": alert.name,
        "subject": alert.subject,
        "severity": alert.severity.value,
        "text": alert.text,
        "raised_by": alert.raised_by,
        "raised_at": alert.raised_at.isoformat(),
    }
