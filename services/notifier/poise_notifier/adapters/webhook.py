"""Tells a program by a webhook: one JSON object an alert, signed where there is a secret to sign with."""

import hashlib
import hmac
import json

import aiohttp

from poise_notifier.domain.mail.notices import Deliver, DeliveryOutcome, Notice
from poise_notifier.ports import Ending

SIGNATURE_HEADER = "X-Poise-Signature"
_SUCCESSES = range(200, 300)
_REFUSALS = frozenset({400, 409, 410, 413, 415, 422})
"""What says that this very body is not taken, now or later; anything else may be otherwise in a while."""


class WebhookCourier:
    """Post to one address."""

    def __init__(self, url: str, signing_secret: str | None, *, timeout_s: float) -> None:
        self._url = url
        self._secret = None if signing_secret is None else signing_secret.encode()
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)

    async def deliver(self, deliver: Deliver) -> Ending:
        """Post one alert; its `id` is the same where it comes again. The address may be a secret and is not told."""
        body = json.dumps(_fields(deliver.notices[0])).encode()
        headers = {"Content-Type": "application/json"}
        if self._secret is not None:
            headers[SIGNATURE_HEADER] = f"sha256={hmac.new(self._secret, body, hashlib.sha256).hexdigest()}"
        try:
            async with (
                aiohttp.ClientSession(timeout=self._timeout) as session,
                session.post(self._url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return _ending(response.status, response.headers.get("Retry-After"))
        except TimeoutError:
            return Ending(
                DeliveryOutcome.CHANNEL_FAILED, reason=f"no answer within {self._timeout.total:g} s", is_unclear=True
            )
        except (aiohttp.ClientError, OSError) as error:
            is_unclear = not isinstance(error, aiohttp.ClientConnectorError)
            return Ending(DeliveryOutcome.CHANNEL_FAILED, reason=type(error).__name__, is_unclear=is_unclear)


def _ending(status: int, retry_after: str | None) -> Ending:
    if status in _SUCCESSES:
        return Ending(DeliveryOutcome.DELIVERED)
    outcome = DeliveryOutcome.REFUSED if status in _REFUSALS else DeliveryOutcome.CHANNEL_FAILED
    after = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
    return Ending(outcome, reason=f"HTTP {status}", retry_after_s=after)


def _fields(notice: Notice) -> dict[str, str | None]:
    told = notice.told
    if told is None:
        raise TypeError("the webhook is told alerts; answers are for people")
    return {
        "id": str(notice.notice_id),
        "occasion": told.occasion.value,
        "episode_id": None if told.episode_id is None else str(told.episode_id),
        "name": told.name,
        "subject": told.subject,
        "severity": told.severity.value,
        "text": told.text,
        "raised_by": told.raised_by,
        "raised_at": told.raised_at.isoformat(),
        "began_at": told.began_at.isoformat(),
    }
