"""The broker's connection: a publish that got no answer is not sent again behind our back."""

from typing import Any

from faststream.redis import RedisBroker

from poise_common.contracts.streams import Service
from poise_common.platform.bus.broker import create_broker, work_subscriber
from poise_common.platform.bus.redis_client import connect_redis


def heard(_: BaseException) -> None:
    raise AssertionError("nothing went wrong")


def idle_broker() -> RedisBroker:
    return create_broker(connect_redis("redis://127.0.0.1:1"), heard)


async def connection_retries(broker: RedisBroker) -> int:
    pool: Any = (await broker.connect()).connection_pool
    return int(pool.make_connection().retry.get_retries())


async def test_a_command_is_sent_once() -> None:
    assert await connection_retries(idle_broker()) == 0


def test_a_work_stream_is_read_in_the_services_group_from_entries_never_delivered() -> None:
    place = work_subscriber(idle_broker(), "execution.requests", Service.RISK).stream_sub
    assert (place.name, place.group, place.last_id, place.no_ack) == ("execution.requests", "risk", ">", False)
