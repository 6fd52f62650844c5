"""OKX's cancel-all-after: one timer for all orders of an account, asked for by symbol here."""

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import structlog

from poise_venues.answers import text
from poise_venues.okx.orders import record

_COUNTDOWN_MIN_S, _COUNTDOWN_MAX_S = 10, 120
_LONGER_BY_S = 5
"""The venue takes one such request a second, and we leave it room: who arms within this time of the last is covered."""
_STOPPED = "0"
_log = structlog.get_logger()


class DeadMansSwitch:
    """The account's timer, long enough for every symbol that still wants one; it stops when none does.

    A sign of life is one for all: what another symbol asks for may let orders rest longer than their own countdown
    would have, never shorter.
    """

    def __init__(self) -> None:
        self._wanted_until: dict[str, datetime] = {}
        self._fires_at: datetime | None = None
        self._rounding_said = False

    async def arm(self, exchange: Any, symbol: str, countdown_ms: int) -> None:
        """Start or renew the countdown for a symbol; 0 says that it wants none any more."""
        now: Callable[[], datetime] = exchange.now
        if countdown_ms == 0:
            await self._release(exchange, symbol)
            return
        countdown_s = self._allowed_s(countdown_ms)
        self._wanted_until = {one: until for one, until in self._wanted_until.items() if until > now()}
        self._wanted_until[symbol] = now() + timedelta(seconds=countdown_s)
        if self._fires_at is None or self._fires_at < self._wanted_until[symbol]:
            await self._set(exchange, self._longest_s(now()))

    async def _release(self, exchange: Any, symbol: str) -> None:
        self._wanted_until.pop(symbol, None)
        if not any(until > exchange.now() for until in self._wanted_until.values()):
            self._wanted_until.clear()
            await self._set(exchange, 0)

    async def _set(self, exchange: Any, countdown_s: int) -> None:
        self._fires_at = None
        asked_at = exchange.now()
        answered = record(await exchange.privatePostTradeCancelAllAfter({"timeOut": str(countdown_s)}))
        if (text(answered, "triggerTime") == _STOPPED) != (countdown_s == 0):
            raise ValueError(f"a countdown of {countdown_s} s was asked for; armed: {answered}")
        if countdown_s:
            self._fires_at = asked_at + timedelta(seconds=countdown_s)

    def _longest_s(self, now: datetime) -> int:
        longest = max(self._wanted_until.values()) - now
        return min(_COUNTDOWN_MAX_S, ceil(longest.total_seconds()) + _LONGER_BY_S)

    def _allowed_s(self, countdown_ms: int) -> float:
        if countdown_ms > _COUNTDOWN_MAX_S * 1000:
            raise ValueError(f"a countdown of {countdown_ms} ms is over the venue's {_COUNTDOWN_MAX_S} s")
        if countdown_ms < _COUNTDOWN_MIN_S * 1000 and not self._rounding_said:
            self._rounding_said = True
            _log.warning("dead_mans_switch_countdown_rounded_up", asked_ms=countdown_ms, armed_s=_COUNTDOWN_MIN_S)
        return max(_COUNTDOWN_MIN_S, countdown_ms / 1000)
