"""Request budgets of a venue, shared through Redis by all processes behind one address.

A budget is a token bucket. With burst b and refill r per second, no window of W seconds sees more than b + r·W; both
are cut so that this sum is the usable part of the venue's own limit, whatever the alignment of its windows.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from math import inf
from typing import cast

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from poise_common.platform.bus.redis_client import connect_redis
from poise_venues.errors import BudgetExhausted
from poise_venues.headroom import Headroom
from poise_venues.parameters import BucketLimit, RateLimitPolicy

_TAKE = """
local time = redis.call('TIME')
local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
local banned_ms = redis.call('PTTL', KEYS[2])
if banned_ms > 0 then return {banned_ms, false} end
local burst, refill_per_ms, weight, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local state = redis.call('HMGET', KEYS[1], 'tokens', 'at_ms')
local tokens = tonumber(state[1]) or burst
local at_ms = tonumber(state[2]) or now_ms
tokens = math.min(burst, tokens + math.max(0, now_ms - at_ms) * refill_per_ms)
local wanted = math.min(weight + reserve, burst)
local wait_ms = 0
if tokens >= wanted then
  tokens = tokens - weight
else
  wait_ms = math.ceil((wanted - tokens) / refill_per_ms)
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at_ms', now_ms)
redis.call('PEXPIRE', KEYS[1], math.ceil(2 * burst / refill_per_ms) + 1000)
return {wait_ms, tostring(tokens)}
"""
_REDIS_RETRY_S = 1.0
_REDIS_TIMEOUT_S = 1.0
_REDIS_CONNECTIONS_MAX = 4
_WAIT_SLICE_S = 1.0
_log = structlog.get_logger()


class Priority(Enum):
    """Who goes first when a budget runs low."""

    ORDER = "order"
    """Never waits longer than the policy allows: refused instead."""
    ACCOUNT = "account"
    """Questions about orders, and about an account of which something is not explained."""
    MARKET_DATA = "market_data"
    """Leaves the reserve to the two above."""
    READING = "reading"
    """Routine reports of an account: leave more, so that a book that is taken over never waits for it."""
    BACKGROUND = "background"
    """Histories and scans: leaves most of the burst, so that nothing else waits for them."""


_PATIENCE = {
    # What is not ours is to be found in time, too.
    Priority.READING: (2.0, Priority.ACCOUNT),
    # Where reports hold a budget low for good, histories would else never come.
    Priority.BACKGROUND: (10.0, Priority.READING),
}
"""For how many seconds a question lets others go first, and as what it is asked after that."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What one request costs: weight of a bucket, and the priority it has there.

    A bucket `budget:part` has the budget's limit for itself: of a venue that gives each endpoint one of its own.
    """

    bucket: str
    weight: float
    priority: Priority

    def asked_as(self, priority: Priority) -> "Charge":
        """Return the same at another priority; an order's stays."""
        return self if self.priority is Priority.ORDER else replace(self, priority=priority)


@dataclass(frozen=True, slots=True)
class _Bucket:
    burst: float
    refill_per_s: float
    reserves: dict[Priority, float]
    """What a request of a priority must leave untouched."""


@dataclass(slots=True)
class _LocalState:
    tokens: float
    at_s: float
    blocked_until_s: float = 0.0


class SharedRateLimiter:
    """Let a request through when the shared budget has room for it.

    While Redis cannot be reached, every process falls back to a small budget of its own (`offline_share`), says so
    once, and comes back by itself.
    """

    def __init__(
        self,
        redis: Redis,
        scope: str,
        policy: RateLimitPolicy,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._take = redis.register_script(_TAKE)
        self._redis = redis
        self._scope = scope
        self._policy = policy
        self._sleep = sleep
        self._shared = {name: _bucket(limit, policy, 1.0) for name, limit in policy.budgets.items()}
        self._alone = {name: _bucket(limit, policy, policy.offline_share) for name, limit in policy.budgets.items()}
        self.headroom = Headroom()
        self._local: dict[str, _LocalState] = {}
        self._redis_away_since_s: float | None = None
        self._redis_retry_at_s = 0.0

    @property
    def budgets(self) -> Iterable[str]:
        """The budgets' names."""
        return self._shared

    async def acquire(self, charge: Charge) -> None:
        """Wait until the budget has room; orders raise BudgetExhausted rather than wait beyond the policy."""
        if _budget_of(charge.bucket) not in self._shared or charge.weight <= 0:
            return
        waited_s = 0.0
        patience_s, impatient = _PATIENCE.get(charge.priority, (inf, charge.priority))
        while (wait_s := await self._wait_s(charge)) > 0:
            if charge.priority is Priority.ORDER and waited_s + wait_s > self._policy.order_wait_max_ms / 1000:
                raise BudgetExhausted(charge.bucket, charge.weight, wait_s)
            # Woken in slices: a budget that others leave unused, or a lifted ban, is seen soon.
            slice_s = min(wait_s, _WAIT_SLICE_S)
            await self._sleep(slice_s)
            waited_s += slice_s
            if waited_s >= patience_s:
                charge = charge.asked_as(impatient)

    async def block(self, bucket: str, seconds: float) -> None:
        """Stop all processes' requests of a bucket: the venue said so (429, 418)."""
        _log.warning("venue_says_slow_down", scope=self._scope, bucket=bucket, seconds=seconds)
        self._local_state(bucket).blocked_until_s = self._now_s() + seconds
        try:
            await self._redis.set(self._ban_key(bucket), "1", px=max(1, int(seconds * 1000)))
        except (RedisError, OSError) as error:
            self._redis_is_away(error)

    async def _wait_s(self, charge: Charge) -> float:
        if self._now_s() >= self._redis_retry_at_s:
            bucket = self._shared[_budget_of(charge.bucket)]
            reserve = bucket.reserves.get(charge.priority, 0.0)
            try:
                wait_ms, tokens = await cast(
                    "Awaitable[tuple[int, bytes | None]]",
                    self._take(
                        keys=[f"venue:{self._scope}:budget:{charge.bucket}", self._ban_key(charge.bucket)],
                        args=[bucket.burst, bucket.refill_per_s / 1000, charge.weight, reserve],
                    ),
                )
            except (RedisError, OSError) as error:
                self._redis_is_away(error)
            else:
                self._redis_is_back()
                wait_s = wait_ms / 1000
                self._show(charge.bucket, bucket, tokens=None if tokens is None else float(tokens), wait_s=wait_s)
                return wait_s
        return self._local_wait_s(charge)

    def _local_wait_s(self, charge: Charge) -> float:
        now_s = self._now_s()
        bucket, state = self._alone[_budget_of(charge.bucket)], self._local_state(charge.bucket)
        if state.blocked_until_s > now_s:
            self._show(charge.bucket, bucket, tokens=None, wait_s=state.blocked_until_s - now_s)
            return state.blocked_until_s - now_s
        state.tokens = min(bucket.burst, state.tokens + (now_s - state.at_s) * bucket.refill_per_s)
        state.at_s = now_s
        wanted = min(charge.weight, bucket.burst)
        if state.tokens >= wanted:
            state.tokens -= charge.weight
            self._show(charge.bucket, bucket, tokens=state.tokens, wait_s=0.0)
            return 0.0
        self._show(charge.bucket, bucket, tokens=state.tokens, wait_s=0.0)
        return (wanted - state.tokens) / bucket.refill_per_s

    def _show(self, name: str, bucket: _Bucket, *, tokens: float | None, wait_s: float) -> None:
        budget = _budget_of(name)
        if tokens is None:
            self.headroom.blocked(budget, name, seconds=wait_s)
        else:
            refill_share_per_s = bucket.refill_per_s / bucket.burst
            self.headroom.saw(budget, name, share=tokens / bucket.burst, refill_share_per_s=refill_share_per_s)

    def _local_state(self, bucket: str) -> _LocalState:
        if bucket not in self._local:
            self._local[bucket] = _LocalState(tokens=self._alone[_budget_of(bucket)].burst, at_s=self._now_s())
        return self._local[bucket]

    def _redis_is_away(self, error: Exception) -> None:
        now_s = self._now_s()
        self._redis_retry_at_s = now_s + _REDIS_RETRY_S
        if self._redis_away_since_s is None:
            self._redis_away_since_s = now_s
            _log.warning(
                "rate_limits_not_shared",
                scope=self._scope,
                reason=str(error),
                share_used_alone=self._policy.offline_share,
            )

    def _redis_is_back(self) -> None:
        if self._redis_away_since_s is not None:
            _log.info("rate_limits_shared_again", scope=self._scope)
            self._redis_away_since_s = None

    def _ban_key(self, bucket: str) -> str:
        return f"venue:{self._scope}:ban:{bucket}"

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()


def redis_for_budgets(url: str) -> Redis:
    """Connect for budgets alone: an order must not wait on a Redis that is away, the limiter goes on without it."""
    return connect_redis(
        url,
        BlockingConnectionPool,
        max_connections=_REDIS_CONNECTIONS_MAX,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=_REDIS_TIMEOUT_S,
        socket_timeout=_REDIS_TIMEOUT_S,
    )


def _budget_of(bucket: str) -> str:
    return bucket.partition(":")[0]


def _bucket(limit: BucketLimit, policy: RateLimitPolicy, share: float) -> _Bucket:
    usable = limit.weight * (1 - policy.safety_margin) * share
    burst = usable * policy.burst_share
    return _Bucket(
        burst=burst,
        refill_per_s=(usable - burst) / limit.window_s,
        reserves={
            Priority.MARKET_DATA: burst * policy.reserve_share,
            Priority.READING: burst * policy.readings_reserve_share,
            Priority.BACKGROUND: burst * policy.background_reserve_share,
        },
    )
