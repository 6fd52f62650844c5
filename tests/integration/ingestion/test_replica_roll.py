"""The roll of a tier's replicas, on a real server: who comes, who leaves, who dies, and a server that was away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from redis.asyncio import Redis
from tests.integration.common.private_redis import PrivateRedis

from poise_common.contracts.message import Message
from poise_common.domain.ids import seeded_ids
from poise_common.domain.instruments import InstrumentId
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.clock import utc_now
from poise_ingestion.adapters.redis_keys import replicas_of
from poise_ingestion.adapters.replica_roll import ReplicaRoll
from poise_ingestion.domain.effects import SayShown, SaySilent
from poise_ingestion.domain.observations import ReplicasSeen
from poise_ingestion.domain.parameters import SharingParameters

PATIENCE_S = 30
PARAMETERS = SharingParameters(beat_ms=20, lease_ms=1000, overlap_ms=0, shown_kept_s=10)
TIER = 3


class Replica:
    """A process on the roll, and what it is told."""

    def __init__(self, redis: Redis, name: str) -> None:
        self.roll = ReplicaRoll(redis, name, [TIER], PARAMETERS, now=utc_now, new_id=seeded_ids(1))
        self._views: asyncio.Queue[ReplicasSeen] = asyncio.Queue()

    @asynccontextmanager
    async def on_roll(self) -> AsyncIterator[None]:
        running = asyncio.create_task(self.roll.run(self._push))
        try:
            yield
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    async def sees(self, is_so: Callable[[ReplicasSeen], bool]) -> ReplicasSeen:
        async with asyncio.timeout(PATIENCE_S):
            while not is_so(view := await self._views.get()):
                pass
        return view

    async def sees_replicas(self, *names: str) -> None:
        await self.sees(lambda view: view.replicas == names)

    async def next_view(self) -> ReplicasSeen:
        while not self._views.empty():
            self._views.get_nowait()
        return await self.sees(lambda _: True)

    async def _push(self, message: Message) -> None:
        assert isinstance(message, ReplicasSeen)
        self._views.put_nowait(message)


async def test_replicas_see_each_other_and_one_that_stops_is_gone_at_once(redis_url: str) -> None:
    async with connect_redis(redis_url) as redis:
        one, other = Replica(redis, "one"), Replica(redis, "other")
        async with one.on_roll():
            await one.sees_replicas("one")
            async with other.on_roll():
                await one.sees_replicas("one", "other")
                await other.sees_replicas("one", "other")
            assert (await one.next_view()).replicas == ("one",)


async def test_a_replica_that_died_is_gone_when_its_lease_ends_whatever_the_replicas_clocks_say(redis_url: str) -> None:
    async with connect_redis(redis_url) as redis:
        seconds, microseconds = await redis.time()
        now_ms = seconds * 1000 + microseconds // 1000
        await redis.zadd(replicas_of(TIER), {"dead": now_ms + PARAMETERS.lease_ms, "before the clock went back": 9e15})
        one = Replica(redis, "one")
        async with one.on_roll():
            assert "before the clock went back" not in (await one.next_view()).replicas
            await one.sees_replicas("one")


async def test_what_a_replica_shows_is_known_to_the_others_until_it_is_struck_off(redis_url: str) -> None:
    instrument = InstrumentId("paper", "ADA/USDT:USDT")
    async with connect_redis(redis_url) as redis:
        one, other = Replica(redis, "one"), Replica(redis, "other")
        async with one.on_roll(), other.on_roll():
            await one.roll.say(SayShown(tier=TIER, begun=(instrument,), ended=(), histories=(instrument,)))
            await other.sees(lambda view: view.shown_by == {instrument: "one"} and view.histories == {instrument})
            await one.roll.say(SayShown(tier=TIER, begun=(), ended=(instrument,)))
            await other.sees(lambda view: view.shown_by == {} and not view.histories)


async def test_what_is_silent_at_a_replica_is_known_to_the_others_while_it_is_there(redis_url: str) -> None:
    instrument = InstrumentId("paper", "ADA/USDT:USDT")
    async with connect_redis(redis_url) as redis:
        one, other = Replica(redis, "one"), Replica(redis, "other")
        async with other.on_roll():
            async with one.on_roll():
                await one.roll.say(SaySilent(tier=TIER, silent=(instrument,)))
                await other.sees(lambda view: view.silent == {"one": (instrument,), "other": ()})
            await other.sees(lambda view: view.silent == {"other": ()})


async def test_while_redis_is_away_nothing_is_said_and_afterwards_the_others_have_time_to_come_back(
    tmp_path: Path,
) -> None:
    server = PrivateRedis(tmp_path)
    try:
        async with connect_redis(server.url) as redis:
            one, other = Replica(redis, "one"), Replica(redis, "other")
            async with one.on_roll():
                async with other.on_roll():
                    await one.sees_replicas("one", "other")
                    server.stop()
                await one.roll.say(SayShown(tier=TIER, begun=(InstrumentId("paper", "ADA/USDT"),), ended=()))
                server.start()
                await redis.zrem(replicas_of(TIER), "other")  # its lease has ended, for all that the server knows
                assert (await one.next_view()).replicas == ("one", "other")
                await one.sees_replicas("one")
    finally:
        server.stop()
