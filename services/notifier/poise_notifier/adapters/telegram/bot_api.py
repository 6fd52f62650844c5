"""The few methods of Telegram's Bot API that are used here (https://core.telegram.org/bots/api)."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp

from poise_notifier.adapters.metrics import TELEGRAM_UP

UNAUTHORISED, FORBIDDEN, NOT_FOUND, BAD_REQUEST = 401, 403, 404, 400
_SERVER_ERRORS_FROM = 500
_ADDRESSED_WRONGLY = frozenset({UNAUTHORISED, NOT_FOUND})
"""What Telegram says of a token that it does not know."""


class TelegramFailed(Exception):
    """A request did not succeed; surely without effect. What is said of it never has the token."""

    def __init__(
        self, method: str, description: str, *, code: int | None = None, retry_after_s: float | None = None
    ) -> None:
        self.code = code
        """Telegram's own; None where it said nothing."""
        self.description = description
        self.retry_after_s = retry_after_s
        super().__init__(f"{method}: {description}" if code is None else f"{method}: {code} {description}")


class TelegramUnclear(TelegramFailed):
    """The request went out and no answer of Telegram's came in: it may have had its effect."""


class BotApi:
    """One bot. The token is part of every address, so no address is ever told."""

    def __init__(self, api_url: str, token: str, *, timeout_s: float) -> None:
        self._address = f"{api_url.rstrip('/')}/bot{token}/"
        self._token = token
        self._timeout_s = timeout_s

    @property
    def bot_id(self) -> str:
        """The bot's public number, with which its token begins."""
        return self._token.partition(":")[0]

    async def call(self, method: str, parameters: Mapping[str, Any], *, waits_s: float = 0) -> Any:
        """Return the result of a method that Telegram may take `waits_s` to answer; raises TelegramFailed."""
        try:
            result = await self._call(method, parameters, waits_s)
        except TelegramFailed as failed:
            if failed.code is None or failed.code >= _SERVER_ERRORS_FROM or failed.code in _ADDRESSED_WRONGLY:
                TELEGRAM_UP.set(0)
            raise
        TELEGRAM_UP.set(1)
        return result

    async def _call(self, method: str, parameters: Mapping[str, Any], waits_s: float) -> Any:
        timeout = aiohttp.ClientTimeout(total=self._timeout_s + waits_s)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(self._address + method, json=parameters, allow_redirects=False) as response,
            ):
                return self._result(method, response.status, await response.read())
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            raise TelegramFailed(method, self._without_token(error)) from None
        except TimeoutError:
            raise TelegramUnclear(method, f"no answer within {timeout.total:g} s") from None
        except (aiohttp.ClientError, OSError) as error:
            raise TelegramUnclear(method, self._without_token(error)) from None

    def _result(self, method: str, status: int, body: bytes) -> Any:
        try:
            answer = json.loads(body)
            if answer["ok"]:
                return answer["result"]
            code, description = int(answer["error_code"]), str(answer["description"])
            after = answer.get("parameters", {}).get("retry_after")
            retry_after_s = None if after is None else float(after)
        except (ValueError, TypeError, KeyError, AttributeError):
            raise TelegramUnclear(method, f"HTTP {status} with an answer that is none of Telegram's") from None
        kind = TelegramUnclear if code >= _SERVER_ERRORS_FROM else TelegramFailed
        raise kind(method, description.replace(self._token, "…"), code=code, retry_after_s=retry_after_s)

    def _without_token(self, error: BaseException) -> str:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return said.replace(self._token, "…")
