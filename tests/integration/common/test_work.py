"""Work streams: never lost, effect once, in order."""

import asyncio

import pytest
from redis.asyncio import Redis

from tests.integration.common.running import eventually, publish, running
from tests.integration.common.toy_service import Toy, create_tables, decisions, request, settings


@pytest.fixture
async def database(database_url: str) -> str:
    await create_tables(database_url)
    return database_url


@pytest.fixture
async def redis(redis_url: str):
    async with Redis.from_url(redis_url) as client:
        yield client


async def test_what_was_published_before_the_first_start_is_delivered_in_order(redis, redis_url, database):
    requests = [request(f"s{number}") for number in range(20)]
    await publish(redis, *requests)
    toy = Toy()
    async with running(toy.spec(), settings(redis_url, database)):
        await eventually(lambda: len(toy.effects.ran) == 20, "20 effects ran")
    assert [decision.request_id for decision in await decisions(database)] == [one.id for one in requests]
    assert await redis.xlen("execution.decisions") == 20
