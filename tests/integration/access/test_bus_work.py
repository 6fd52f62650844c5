"""Every service does all of its work on the bus under its own user: the rules are as wide as they need to be."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs
from tests.access.servers import GuardedCluster, GuardedRedis, guarded_cluster, guarded_redis
from tests.integration.common.redis_nodes import running_cluster
from tests.integration.ingestion.test_replica_roll import TIER, Replica

from poise_common.contracts.streams import (
    STREAMS,
    TIERS,
    Service,
    Stream,
    StreamKind,
    consumed_by,
    published_by,
)
from poise_common.domain.instruments import InstrumentId
from poise_common.platform.bus.bus_url import DEFAULT_DESK
from poise_common.platform.bus.dead_letters import DeadLetters, dead_letter_stream
from poise_common.platform.bus.feeds import FeedReader
from poise_common.platform.bus.measuring import StreamGauges
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.bus.redis_streams import (
    claim,
    entries,
    make_group,
    newest_id,
    pending_entries,
    read_after,
    read_new,
    set_deliveries,
)
from poise_common.platform.bus.upkeep import Upkeep
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, Outgoing
from poise_common.platform.clock import utc_now
from poise_ingestion.adapters.reliability_board import ReliabilityBoard
from poise_ingestion.domain.effects import SayShown
from poise_venues.parameters import BucketLimit, RateLimitPolicy
from poise_venues.rate_limits import Charge, Priority, SharedRateLimiter, redis_for_budgets

SERVICES = [service for service in Service if service is not Service.CONSOLE]
BOOK = InstrumentId("paper", "BTC/USDT")
POLICY = RateLimitPolicy(
    safety_margin=0.2,
    burst_share=0.5,
    reserve_share=0.25,
    readings_reserve_share=0.5,
    background_reserve_share=0.75,
    offline_share=0.25,
    order_wait_max_ms=500,
    budgets={"spot": BucketLimit(weight=1_000, window_s=60)},
)
_DONE_WITHIN_S = 20

Bus = GuardedRedis | GuardedCluster


@pytest.fixture(scope="module", params=["server", "cluster"])
def bus(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    """A bus with the desk's users: one server with the ACL file, and a cluster with the same rules."""
    if request.param == "server":
        with guarded_redis(tmp_path_factory.mktemp("guarded-redis")) as server:
            yield server
    else:
        with running_cluster(tmp_path_factory.mktemp("guarded-cluster")) as cluster:
            yield guarded_cluster([node.port for node in cluster.nodes], DEFAULT_DESK)


@asynccontextmanager
async def logged_in(bus: Bus, service: Service) -> AsyncIterator[Redis]:
    async with connect_redis(bus.url(service.value)) as redis, asyncio.timeout(_DONE_WITHIN_S):
        yield redis


def outgoing(stream: Stream) -> list[Outgoing]:
    return [Outgoing(stream, name, uuid4(), b"{}", b"key") for name in stream.names(TIERS)]


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_publishes_its_streams_and_looks_after_them(bus: Bus, service: Service) -> None:
    async with logged_in(bus, service) as redis:
        publisher = Publisher(redis)
        publishing = asyncio.create_task(publisher.run())
        publisher.send(out for stream in published_by(service) for out in outgoing(stream))
        await publisher.drained()
        work = [stream for stream in published_by(service) if stream.kind is StreamKind.WORK]
        for stream in work:
            await take_all(bus, stream)
        upkeep = Upkeep(redis, publisher, work, forget, utc_now, interval_s=1, retention_s=0)
        await upkeep.look()
        for stream in work:
            await redis.xtrim(stream.name, minid="1", approximate=True)  # which the upkeep would not say it may not
        publishing.cancel()
        assert not publisher.unsettled
        assert not publisher.outage.lasts


async def forget(message_ids: object) -> None:
    """Keep no book."""


async def take_all(bus: Bus, stream: Stream) -> None:
    """Have every reader of a work stream take what is there, so that nothing of it is owed."""
    for reader in stream.consumers:
        async with logged_in(bus, reader) as redis:
            await make_group(redis, stream.name, reader.value)
            for entry_id, _ in await read_new(redis, stream.name, reader.value, count=100):
                await redis.xack(stream.name, reader.value, entry_id)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_follows_its_feeds_and_states_in_one_call(bus: Bus, service: Service) -> None:
    followed = [stream for stream in consumed_by(service) if stream.kind is not StreamKind.WORK]
    async with logged_in(bus, service) as redis:
        reader = FeedReader(redis, followed, TIERS)
        await reader.prime()
        for stream in followed:
            await add(bus, stream)
        positions = dict.fromkeys(reader.names, "0-0")
        read = await read_after(redis, positions, count=1_000, block_ms=1_000)
        assert {name for name, _ in read} >= {name for stream in followed for name in stream.names(TIERS)}
        await DeadLetters(redis, service).put(reader.names[0], "1-1", {}, "malformed")


async def add(bus: Bus, stream: Stream) -> None:
    async with logged_in(bus, min(stream.producers)) as redis:
        for name in stream.names(TIERS):
            await redis.xadd(name, {KEY_FIELD: b"key", DATA_FIELD: b"{}"})


@pytest.mark.parametrize("service", [one for one in SERVICES if one is not Service.INGESTION])
async def test_a_service_takes_claims_and_puts_aside_its_work(bus: Bus, service: Service) -> None:
    async with logged_in(bus, service) as redis:
        for stream in consumed_by(service):
            if stream.kind is not StreamKind.WORK:
                continue
            await take_all(bus, stream)
            await add(bus, stream)
            await add(bus, stream)
            taken, put_aside = await read_new(redis, stream.name, service.value, count=10)
            pending = await pending_entries(redis, stream.name, service.value, after=None, count=10)
            assert [entry.entry_id.encode() for entry in pending] == [taken[0], put_aside[0]]
            assert await claim(redis, stream.name, service.value, taken[0].decode(), min_idle_ms=0)
            await set_deliveries(redis, stream.name, service.value, taken[0].decode(), 1)
            await redis.xack(stream.name, service.value, taken[0])
            assert await entries(redis, stream.name, put_aside[0].decode(), put_aside[0].decode())
            letters = DeadLetters(redis, service)
            await letters.put(stream.name, put_aside[0].decode(), put_aside[1], "poison", group=service.value)
            assert not await pending_entries(redis, stream.name, service.value, after=None, count=10)
            assert await redis.xlen(dead_letter_stream(stream.name)) > 0


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_may_measure_what_it_reads(bus: Bus, service: Service) -> None:
    async with logged_in(bus, service) as redis:
        for stream in consumed_by(service):
            await add(bus, stream)
        gauges = StreamGauges(redis, service, consumed_by(service), TIERS, utc_now, interval_s=1)
        with capture_logs() as said:
            await gauges.look()
        assert not said


@pytest.mark.parametrize("service", [Service.INGESTION, Service.EXECUTION])
async def test_who_talks_to_venues_shares_their_budgets(bus: Bus, service: Service) -> None:
    redis = redis_for_budgets(bus.url(service.value))
    limiter = SharedRateLimiter(redis, f"{service}-paper", POLICY)
    with capture_logs() as said:
        await limiter.acquire(Charge("spot", 1, Priority.MARKET_DATA))
        await limiter.block("spot", 0.001)
    await redis.aclose()
    assert [line["event"] for line in said] == ["venue_says_slow_down"]


async def test_ingestion_leaves_what_it_knows_of_books_for_whoever_scans(bus: Bus) -> None:
    async with logged_in(bus, Service.INGESTION) as redis:
        board = ReliabilityBoard(redis, utc_now)
        await board.write({BOOK: 99.5})
        assert await board.read() == {BOOK: 99.5}


async def test_the_replicas_of_a_tier_share_it(bus: Bus) -> None:
    async with logged_in(bus, Service.INGESTION) as redis:
        one, other = Replica(redis, "one"), Replica(redis, "other")
        async with one.on_roll(), other.on_roll():
            await one.roll.say(SayShown(tier=TIER, begun=(BOOK,), ended=(), histories=(BOOK,)))
            await other.sees(lambda view: view.shown_by == {BOOK: "one"} and view.replicas == ("one", "other"))
            await one.roll.say(SayShown(tier=TIER, begun=(), ended=(BOOK,)))
            await other.sees(lambda view: view.shown_by == {})


async def test_people_look_at_every_stream_and_what_was_put_aside(bus: Bus) -> None:
    async with logged_in(bus, Service.CONSOLE) as redis:
        for stream in STREAMS:
            await add(bus, stream)
            for name in stream.names(TIERS):
                assert await newest_id(redis, name) != "0-0"
                assert await entries(redis, name)
                await entries(redis, dead_letter_stream(name))
        await FeedReader(redis, consumed_by(Service.CONSOLE), TIERS).prime()
