"""The server that has the desk's keys dies, hangs or gives them away: the service goes on at the next, nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from redis.asyncio import Redis
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from tests.integration.common.redis_nodes import Cluster, Node, Sentinels, running_cluster, running_sentinels, until
from tests.integration.common.running import Supervised, eventually, in_background, publish
from tests.integration.common.test_crashes import REQUESTS, decided
from tests.integration.common.test_feeds import matrix
from tests.integration.common.toy_service import Toy, book, decisions, request, settings

from poise_common.contracts.message import Message
from poise_common.contracts.state import CorrelationMatrix
from poise_common.contracts.streams import Service, StreamKind, published_by, stream_of
from poise_common.platform.bus.bus_url import DEFAULT_DESK
from poise_common.platform.bus.feeds import FeedReader
from poise_common.platform.bus.publishing import Publisher
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.upkeep import Upkeep
from poise_common.platform.bus.wire import DATA_FIELD, encode
from poise_common.platform.clock import utc_now

Servers = Cluster | Sentinels


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster"), replicas=1) as servers:
        yield servers


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sentinels]:
    with running_sentinels(tmp_path_factory.mktemp("sentinels")) as servers:
        yield servers


@pytest.fixture(params=["cluster", "sentinels"])
def servers(request: pytest.FixtureRequest) -> Servers:
    """Servers of which one takes over for another, with nothing in them and all of them well."""
    found: Servers = request.getfixturevalue(request.param)
    until(found.is_healed, "all are well")
    found.home.ask("FLUSHALL")
    return found


@pytest.fixture
async def redis(servers: Servers) -> AsyncIterator[Redis]:
    async with connect_redis(servers.url) as client:
        yield client


async def test_a_dead_masters_replica_gets_back_what_it_never_had_and_the_flow_goes_on(
    servers: Servers, redis: Redis, database: str
) -> None:
    toy, publisher = Toy(), Publisher(redis)
    service = Supervised(toy.spec(), settings(servers.url, database))
    async with service.running(), in_background(kept_up(publisher, redis)):
        await publish(redis, request("before"))
        await eventually(lambda: toy.effects.ran["before"] == 1, "it serves")
        publisher.send([encode(matrix("24h", 1))])
        await publisher.drained()
        master, replica = servers.home, servers.replica
        cut_off(replica, master)
        publisher.send([encode(matrix("24h", 2))])
        await publish(redis, request("only the master has it"))
        await eventually(lambda: toy.effects.ran["only the master has it"] == 1, "it is taken")
        await eventually_there(lambda: decided_by(redis, 2), "its decision is published")
        master.kill()
        replica.thaw()
        await another_than(master, servers)
        await publish_at_the_next(redis, request("after"))
        await eventually(lambda: toy.effects.ran["after"] == 1, "it serves again")
        await eventually_there(lambda: decided_by(redis, 3), "the lost decision is published again")
        await eventually_there(lambda: newest_points(redis, 2), "the lost state is there again")
        await publish(redis, book())
        await eventually(lambda: bool(toy.core.books()), "it follows feeds again")
    assert toy.effects.ran == {"before": 1, "only the master has it": 1, "after": 1}
    assert len(await decisions(database)) == 3
    master.start()


async def test_what_a_master_takes_after_another_took_over_is_added_at_the_other(
    servers: Servers, redis: Redis
) -> None:
    publisher, frozen = Publisher(redis), servers.home
    async with in_background(publisher.run()), connect_redis(servers.url) as another_client:
        publisher.send([encode(request("before"))])
        await publisher.drained()
        frozen.freeze()
        publisher.send([encode(request("taken when thawed")), encode(matrix("24h", 1))])
        await another_than(frozen, servers)
        upkeep = upkeep_of(publisher, another_client)
        await upkeep.look()
        frozen.thaw()
        await publisher.drained()
        async with in_background(upkeep.run()):
            await eventually_there(lambda: is_on_requests(another_client, "taken when thawed"), "it is at the other")
            await eventually_there(lambda: newest_points(another_client, 1), "so is the state")


async def test_a_state_that_a_new_master_gave_an_older_id_is_read(servers: Servers, redis: Redis) -> None:
    reader = FeedReader(redis, [stream_of(CorrelationMatrix)], ())
    await reader.prime()
    master, replica = servers.home, servers.replica
    async with in_background(reader.run()):
        cut_off(replica, master)
        ahead = encode(matrix("24h", 1))
        an_hour_on = f"{round(utc_now().timestamp() + 3_600) * 1_000}-0"
        await redis.xadd(ahead.name, {b"key": ahead.key, DATA_FIELD: ahead.payload}, id=an_hour_on)
        await asyncio.wait_for(reader.arrived(), 20)
        assert reader.take() is not None
        assert reader.take() is None
        master.kill()
        replica.thaw()
        await another_than(master, servers)
        await publish_at_the_next(redis, matrix("24h", 2))
        await asyncio.wait_for(reader.arrived(), 20)
        entry = reader.take()
    assert entry is not None
    assert b'"points":2' in entry.fields[DATA_FIELD]
    master.start()


async def test_a_slot_that_is_moved_under_way_takes_the_desk_along(cluster: Cluster, database: str) -> None:
    until(cluster.is_healed, "all are well")
    home = cluster.home
    home.ask("FLUSHALL")
    other = next(node for node in cluster.nodes[:3] if node not in (home, cluster.replica) and node.is_master())
    toy = Toy()
    service = Supervised(toy.spec(), settings(cluster.url, database))
    async with connect_redis(cluster.url) as redis, service.running():
        await publish(redis, request("before"))
        await eventually(lambda: toy.effects.ran["before"] == 1, "it serves")
        await asyncio.to_thread(move_slot, home, other, cluster)
        await publish_at_the_next(redis, request("after"))
        await eventually(lambda: toy.effects.ran["after"] == 1, "it serves at the other")
        assert b"{poise}execution.requests" in other.ask("KEYS", "*")
        await asyncio.to_thread(move_slot, other, home, cluster)
        await publish_at_the_next(redis, request("back"))
        await eventually(lambda: toy.effects.ran["back"] == 1, "it serves where it was")
        await eventually_there(lambda: decided_by(redis, 3), "all decisions are there")
    assert toy.effects.ran == {"before": 1, "after": 1, "back": 1}


def cut_off(replica: Node, master: Node) -> None:
    """Freeze a replica and end its connection: of what the master takes from now on it will never know."""
    replica.freeze()
    master.ask("CLIENT", "KILL", "TYPE", "replica")


async def another_than(master: Node, servers: Servers) -> None:
    """Wait until a replica has taken over."""
    await asyncio.to_thread(until, lambda: servers.home is not master, "the replica has taken over")


def move_slot(source: Node, target: Node, cluster: Cluster) -> None:
    """Move the desk's slot as people do it: key by key, then for good."""
    slot = str(key_slot(DEFAULT_DESK.encode()))
    source_id, target_id = (node.ask("CLUSTER", "MYID").decode() for node in (source, target))
    target.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", source_id)
    source.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", target_id)
    while keys := source.ask("CLUSTER", "GETKEYSINSLOT", slot, "1"):
        source.ask("MIGRATE", "127.0.0.1", str(target.port), keys[0].decode(), "0", "5000")
    for node in (target, source, *(one for one in cluster.nodes if one.is_master())):
        node.ask("CLUSTER", "SETSLOT", slot, "NODE", target_id)


async def eventually_there(holds: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something holds on the bus, which may be out meanwhile."""

    async def holds_now() -> bool:
        try:
            return await holds()
        except (RedisConnectionError, RedisTimeoutError):
            return False

    await eventually(holds_now, what)


async def publish_at_the_next(redis: Redis, message: Message) -> None:
    """Publish once it is taken."""

    async def is_taken() -> bool:
        return bool(await publish(redis, message))

    await eventually_there(is_taken, "the message is taken")


async def kept_up(publisher: Publisher, redis: Redis) -> None:
    await asyncio.gather(publisher.run(), upkeep_of(publisher, redis).run())


def upkeep_of(publisher: Publisher, redis: Redis) -> Upkeep:
    """Look after what the toy reads, as its publisher does."""

    async def settle(_: object) -> None:
        """Nothing is kept elsewhere."""

    work = [stream for stream in published_by(Service.SIGNALS) if stream.kind is StreamKind.WORK]
    return Upkeep(redis, publisher, work, settle, utc_now, interval_s=0.05, retention_s=600)


async def decided_by(redis: Redis, count: int) -> bool:
    return len(await decided(redis)) == count


async def newest_points(redis: Redis, points: int) -> bool:
    found = await entries(redis, "portfolio.correlations")
    return bool(found) and f'"points":{points}'.encode() in found[-1][1][DATA_FIELD]


async def is_on_requests(redis: Redis, strategy: str) -> bool:
    return any(strategy.encode() in fields[DATA_FIELD] for _, fields in await entries(redis, REQUESTS))
