"""Which of all ingestion processes scans: the holder of a lease in Redis."""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast
from uuid import uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.platform.service import Push
from poise_ingestion.adapters.redis_keys import SCANNING_DUTY
from poise_ingestion.domain.observations import DutyChanged
from poise_ingestion.domain.parameters import DutyParameters

_RENEW = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0"
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_log = structlog.get_logger()


class DutyLease:
    """Take the lease when it is free, renew it while alive, and tell the core of every change.

    Two processes scan at once only while one has lost Redis and not noticed yet: at most one renewal. Both would
    publish the same kind of universe; readers take the newest.
    """

    def __init__(self, redis: Redis, parameters: DutyParameters, now: Clock, new_id: NewId) -> None:
        self._redis = redis
        self._parameters = parameters
        self._now = now
        self._new_id = new_id
        self._token = uuid4().hex
        self._renew = redis.register_script(_RENEW)
        self._release = redis.register_script(_RELEASE)
        self._held = False

    async def run(self, push: Push) -> None:
        """Hold or seek the lease until cancelled; let go of it at the end."""
        try:
            while True:
                await self._become(await self._try(), push)
                await asyncio.sleep(self._parameters.renew_ms / 1000)
        finally:
            if self._held:
                await self._let_go()

    async def _try(self) -> bool:
        try:
            if self._held:
                renewed = await cast(
                    "Awaitable[Any]", self._renew(keys=[SCANNING_DUTY], args=[self._token, self._parameters.lease_ms])
                )
                return bool(renewed)
            return bool(await self._redis.set(SCANNING_DUTY, self._token, nx=True, px=self._parameters.lease_ms))
        except (RedisError, OSError):
            return False

    async def _become(self, held: bool, push: Push) -> None:
        if held == self._held:
            return
        self._held = held
        _log.info("scanning_duty", held=held)
        now = self._now()
        await push(DutyChanged.first(self._new_id(now), "ingestion", now, held=held))

    async def _let_go(self) -> None:
        try:
            await cast("Awaitable[Any]", self._release(keys=[SCANNING_DUTY], args=[self._token]))
        except (RedisError, OSError):
            return
