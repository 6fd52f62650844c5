"""Who shares a tier: the processes whose leases in Redis last, and what each of them shows."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import suppress
from typing import Any, cast
from uuid import uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.domain.clock import Clock
from poise_common.domain.ids import NewId
from poise_common.domain.instruments import InstrumentId
from poise_common.platform.outages import Outage
from poise_common.platform.service import Push
from poise_ingestion.adapters.metrics import REPLICAS
from poise_ingestion.adapters.redis_keys import histories_of, replicas_of, shown_by, silent_at
from poise_ingestion.domain.effects import SayShown, SaySilent
from poise_ingestion.domain.observations import ReplicasSeen
from poise_ingestion.domain.parameters import SharingParameters

# Redis' clock alone counts, so that the replicas' own need not agree; a lease that is longer than any is of before that
# clock was set back.
_BEAT = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local ends_ms = now_ms + ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_ms)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. ends_ms, '+inf')
redis.call('ZADD', KEYS[1], ends_ms, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4])
redis.call('PEXPIRE', KEYS[3], ARGV[2])
for _, name in ipairs(redis.call('HKEYS', KEYS[3])) do
  if not redis.call('ZSCORE', KEYS[1], name) then redis.call('HDEL', KEYS[3], name) end
end
redis.call('PEXPIRE', KEYS[4], ARGV[3])
return {
  redis.call('ZRANGE', KEYS[1], 0, -1), redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[3]),
  redis.call('HKEYS', KEYS[4]),
}
"""
_LEAVES_WITHIN_S = 1.0
_log = structlog.get_logger()


def name_replica() -> str:
    """Return a name that no other process has, nor this one after a restart."""
    return f"{socket.gethostname()}-{uuid4().hex[:8]}"


class ReplicaRoll:
    """Stay on the roll of every tier that is served, tell the core who else is, and leave it at the end.

    While Redis is away the core keeps what it has: what two follow is better than what none does. Those who were there
    before are believed to be there still until they had a lease's time to come back.
    """

    def __init__(
        self,
        redis: Redis,
        replica: str,
        tiers: Iterable[int],
        parameters: SharingParameters,
        *,
        now: Clock,
        new_id: NewId,
    ) -> None:
        self.tiers = tuple(sorted(tiers))
        self._redis = redis
        self._replica = replica
        self._parameters = parameters
        self._now = now
        self._new_id = new_id
        self._beat = redis.register_script(_BEAT)
        self._outage = Outage("the bus, to share the tiers' instruments")
        self._silent: dict[int, str] = {}
        self._known: dict[int, frozenset[str]] = {}
        self._believes_until_s = 0.0

    async def run(self, push: Push) -> None:
        """Beat until cancelled."""
        try:
            while True:
                await self._beat_all(push)
                await asyncio.sleep(self._parameters.beat_ms / 1000)
        finally:
            await self._leave()

    async def say(self, said: SayShown | SaySilent) -> None:
        """Tell the others what is shown here, or is silent; what is lost of it is said again by and by."""
        match said:
            case SayShown():
                await self._say_shown(said)
            case SaySilent():
                self._silent[said.tier] = json.dumps([str(one) for one in said.silent])

    async def _say_shown(self, said: SayShown) -> None:
        shown, histories = shown_by(said.tier), histories_of(said.tier)
        try:
            for key, instruments in ((shown, said.begun), (histories, said.histories)):
                if instruments:
                    items = [text for one in instruments for text in (str(one), self._replica)]
                    await self._redis.hset(key, items=items)
            for key in (shown, histories) if said.ended else ():
                await self._redis.hdel(key, *(str(one) for one in said.ended))
        except (RedisError, OSError) as error:
            self._outage.goes_on(error)

    async def _beat_all(self, push: Push) -> None:
        """Beat once in every tier."""
        lease_ms = self._parameters.lease_ms
        for tier in self.tiers:
            keys = [replicas_of(tier), shown_by(tier), silent_at(tier), histories_of(tier)]
            kept_ms = round(self._parameters.shown_kept_s * 1000)
            args: list[str | int] = [self._replica, lease_ms, kept_ms, self._silent.get(tier, "[]")]
            try:
                async with asyncio.timeout(lease_ms / 1000):
                    answer = await cast("Awaitable[Any]", self._beat(keys=keys, args=args))
            except (RedisError, OSError, TimeoutError) as error:
                self._outage.goes_on(error)
                self._believes_until_s = _elapsed_s() + 2 * lease_ms / 1000
                return
            await push(self._seen(tier, answer))
        self._outage.is_over()

    def _seen(self, tier: int, answer: Sequence[Sequence[bytes]]) -> ReplicasSeen:
        replicas, shown, silent, histories = answer
        there = frozenset(name.decode() for name in replicas)
        known = self._known.get(tier, frozenset())
        if _elapsed_s() < self._believes_until_s:
            there |= known
        if there != known:
            _log.info("replicas_of_tier", tier=tier, replicas=sorted(there))
        self._known[tier] = there
        REPLICAS.labels(tier).set(len(there))
        now = self._now()
        return ReplicasSeen.first(
            self._new_id(now),
            "ingestion",
            now,
            tier=tier,
            replicas=tuple(sorted(there)),
            shown_by={
                _instrument(name.decode()): replica.decode()
                for name, replica in zip(shown[::2], shown[1::2], strict=True)
            },
            histories=frozenset(_instrument(name.decode()) for name in histories),
            silent={
                replica.decode(): tuple(_instrument(name) for name in json.loads(names))
                for replica, names in zip(silent[::2], silent[1::2], strict=True)
            },
        )

    async def _leave(self) -> None:
        """Be off the roll at once, so that nobody waits for the lease to end."""
        with suppress(RedisError, OSError, TimeoutError):
            async with asyncio.timeout(_LEAVES_WITHIN_S):
                for tier in self.tiers:
                    await self._redis.zrem(replicas_of(tier), self._replica)


def _instrument(name: str) -> InstrumentId:
    venue, _, symbol = name.partition(":")
    return InstrumentId(venue, symbol)


def _elapsed_s() -> float:
    return asyncio.get_running_loop().time()
