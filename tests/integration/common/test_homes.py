"""Finding the server that has a desk's keys: what is asked, what is said where nobody knows."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from tests.integration.common.redis_nodes import Cluster
from tests.integration.common.running import eventually, publish, running
from tests.integration.common.toy_service import Toy, decisions, request, settings
from tests.integration.conftest import free_port
from tests.integration.venues.test_rate_limits import in_turn, limiter, spent_before_waiting

from poise_common.contracts.streams import Service
from poise_common.platform.bus.access import rules_of
from poise_common.platform.bus.bus_url import DEFAULT_DESK, cluster_key_prefix
from poise_common.platform.bus.redis_client import connect_redis
from poise_venues.errors import BudgetExhausted
from poise_venues.rate_limits import Charge, Priority, redis_for_budgets


async def test_nodes_that_are_not_there_are_passed_over(redis_cluster: Cluster) -> None:
    late = redis_cluster.url.replace("redis+cluster://", f"redis+cluster://127.0.0.1:{free_port()},")
    async with connect_redis(late) as redis:
        for _ in range(3):
            assert await redis.ping()
            await redis.connection_pool.disconnect()


async def test_where_no_node_answers_each_is_said_with_its_reason() -> None:
    first, second = free_port(), free_port()
    async with connect_redis(f"redis+cluster://127.0.0.1:{first},127.0.0.1:{second}") as redis:
        with pytest.raises(RedisConnectionError, match="desk 'poise'") as refused:
            await redis.ping()
    assert f"127.0.0.1:{first}" in str(refused.value)
    assert f"127.0.0.1:{second}" in str(refused.value)


async def test_a_server_that_is_no_cluster_and_one_that_is_no_sentinel_are_said_to_be_none(redis_server: str) -> None:
    address = redis_server.partition("://")[2].partition("/")[0]
    async with connect_redis(f"redis+cluster://{address}") as redis:
        with pytest.raises(RedisConnectionError, match="cluster support disabled"):
            await redis.ping()
    async with connect_redis(f"redis+sentinel://{address}/main") as redis:
        with pytest.raises(RedisConnectionError, match=r"master 'main' is not found: .* says: unknown command"):
            await redis.ping()


async def test_a_desk_keeps_to_its_own_keys_and_two_share_a_cluster(redis_cluster: Cluster) -> None:
    async with connect_redis(f"{redis_cluster.url}/one") as one, connect_redis(f"{redis_cluster.url}/two") as two:
        await one.set("ingestion:duty", "of one")
        await two.set("ingestion:duty", "of two")
        assert await one.get("ingestion:duty") == b"of one"
        assert await two.get("ingestion:duty") == b"of two"
        for client in (one, two):
            await client.delete("ingestion:duty")


async def test_a_venues_budget_is_one_for_all_processes_on_a_cluster(redis_cluster: Cluster) -> None:
    redis_cluster.home.ask("FLUSHALL")
    async with redis_for_budgets(redis_cluster.url) as first, redis_for_budgets(redis_cluster.url) as second:
        one, other = limiter(first), limiter(second)
        assert await spent_before_waiting(in_turn(one, other), Priority.ORDER) == 40
        await one.block("spot", 60)
        with pytest.raises(BudgetExhausted):
            await other.acquire(Charge("spot", 1, Priority.ORDER))


async def test_a_service_works_as_its_own_user_of_a_cluster(redis_cluster: Cluster, database: str) -> None:
    rules = rules_of(Service.RISK, cluster_key_prefix(DEFAULT_DESK)).split(" ")
    for node in redis_cluster.nodes:
        node.ask("ACL", "SETUSER", "risk", "reset", "on", ">secret", *_whole_selectors(rules))
    as_risk = redis_cluster.url.replace("://", "://risk:secret@")
    redis_cluster.home.ask("FLUSHALL")
    toy = Toy()
    async with running(toy.spec(), settings(as_risk, database)), connect_redis(redis_cluster.url) as others:
        await publish(others, request("a"))
        await eventually(lambda: toy.effects.ran["a"] == 1, "it serves")
    assert len(await decisions(database)) == 1


def _whole_selectors(rules: list[str]) -> list[str]:
    """Put together what stands in brackets: each selector is one argument of ACL SETUSER."""
    whole: list[str] = []
    for word in rules:
        if whole and whole[-1].count("(") > whole[-1].count(")"):
            whole[-1] += f" {word}"
        else:
            whole.append(word)
    return whole
