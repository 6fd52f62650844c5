"""Each book's share of fresh time, left in Redis by the process that follows it for the process that scans."""

import json
from datetime import datetime, timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from poise_common.domain.clock import Clock
from poise_common.domain.instruments import InstrumentId
from poise_ingestion.adapters.redis_keys import RELIABILITY

_OUTDATED = timedelta(minutes=10)


class ReliabilityBoard:
    """Write and read shares in percent; without Redis nothing is known, which speaks against nobody."""

    def __init__(self, redis: Redis, now: Clock) -> None:
        self._redis = redis
        self._now = now

    async def write(self, shares_pct: dict[InstrumentId, float]) -> None:
        """Leave shares for the scanner."""
        if not shares_pct:
            return
        at = self._now().isoformat()
        entries = [text for one, share in shares_pct.items() for text in (str(one), json.dumps([share, at]))]
        try:
            await self._redis.hset(RELIABILITY, items=entries)
        except (RedisError, OSError):
            return

    async def read(self) -> dict[InstrumentId, float]:
        """Return the shares that were written lately."""
        try:
            entries = await self._redis.hgetall(RELIABILITY)
        except (RedisError, OSError):
            return {}
        shares: dict[InstrumentId, float] = {}
        for field, value in entries.items():
            venue, _, symbol = (field.decode() if isinstance(field, bytes) else field).partition(":")
            share, at = json.loads(value)
            if self._now() - datetime.fromisoformat(at) < _OUTDATED:
                shares[InstrumentId(venue, symbol)] = float(share)
        return shares
