"""The portfolio as it runs in production, and what it says on the bus."""

from typing import Any

from redis.asyncio import Redis
from tests.integration.service_process import ServiceProcess

from poise_common.contracts.message import Message
from poise_common.contracts.state import PortfolioState
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.wire import decoder_of


class PortfolioProcess(ServiceProcess):
    """`python -m poise_portfolio`."""

    def __init__(self, redis_url: str, database_url: str, **environment: str) -> None:
        super().__init__("portfolio", redis_url, database_url, **environment)


async def published(redis: Redis, kind: type[Message]) -> list[Any]:
    """Return all messages of a type that its stream still has, oldest first."""
    stream = stream_of(kind)
    entries: Any = await redis.xrange(stream.name)
    decode = decoder_of(stream)
    return [message for _, fields in entries if isinstance(message := decode(fields), kind)]


async def newest_state(redis: Redis) -> PortfolioState | None:
    return next(reversed(await published(redis, PortfolioState)), None)
