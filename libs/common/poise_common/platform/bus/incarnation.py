"""Which life of Redis this is: another after a restart or failover (a tail may be lost) and when emptied (all is)."""

from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import WatchError

MARKER = "poise:incarnation"
"""Holds the name of the life in which it was set, which begins with what Redis says of itself.

It is replicated: a replica that took over has its dead master's until somebody asks which life this is.
"""


async def read_incarnation(redis: Redis) -> str:
    """Return the name of Redis' present life, marking it if it is new."""
    while True:
        async with redis.pipeline(transaction=True) as pipeline:
            await pipeline.watch(MARKER)
            try:
                marker, server = await pipeline.get(MARKER), await _ask_about_itself(pipeline)
            except WatchError as lost:  # what a client says of any lost connection once it watches something
                raise RedisConnectionError(str(lost)) from lost
            incarnation = incarnation_of([marker, server])
            if incarnation is not None:
                return incarnation
            pipeline.multi()  # type: ignore[no-untyped-call]  # redis-py's own has no types
            incarnation = f"{_identity(server)}:{uuid4().hex}"
            pipeline.set(MARKER, incarnation)
            try:
                await pipeline.execute()
            except WatchError:  # another process marked it meanwhile, or this one lost its connection
                continue
            return incarnation


def ask_incarnation(pipeline: Pipeline) -> None:
    """Add the questions whose answers name the life of Redis, in the transaction of other questions."""
    ask_marker(pipeline)
    _ask_about_itself(pipeline)


def ask_marker(pipeline: Pipeline) -> None:
    """Add the question for the life that was marked last; what is added behind it is of that life or of a later one."""
    pipeline.get(MARKER)


def incarnation_of(replies: list[object]) -> str | None:
    """Read the answers to `ask_incarnation`; None where the present life is not yet marked."""
    marker, server = replies[0], replies[1]
    if not isinstance(marker, bytes) or not isinstance(server, dict):
        return None
    name = marker.decode()
    return name if name.startswith(f"{_identity(server)}:") else None


def _ask_about_itself(pipeline: Pipeline) -> Any:
    return pipeline.info("server", "replication")


def _identity(server: dict[str, object]) -> str:
    """Name a server's time as master: the same process may be one again after it was a replica."""
    return f"{server['run_id']}:{server['master_replid']}"
