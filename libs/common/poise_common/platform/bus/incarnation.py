"""Which life of Redis this is: another after a restart (its tail may be lost) and after it was emptied (all is)."""

from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError

_MARKER = "poise:incarnation"


async def read_incarnation(redis: Redis) -> str:
    """Return the name of Redis' present life, marking it if it is new."""
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.set(_MARKER, uuid4().hex, nx=True)
        ask_incarnation(pipeline)
        replies = await pipeline.execute()
    incarnation = incarnation_of(replies[1:])
    if incarnation is None:
        raise RedisConnectionError("Redis did not say which life it is in")
    return incarnation


def ask_incarnation(pipeline: Pipeline) -> None:
    """Add the questions whose answers name the life of Redis, in the transaction of other questions."""
    pipeline.get(_MARKER)
    pipeline.info("server")


def incarnation_of(replies: list[object]) -> str | None:
    """Read the answers to `ask_incarnation`; None where Redis was emptied and not yet marked."""
    marker, server = replies[0], replies[1]
    if not isinstance(marker, bytes) or not isinstance(server, dict):
        return None
    return f"{server['run_id']}:{marker.decode()}"
