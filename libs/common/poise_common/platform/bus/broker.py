"""The FastStream broker of a service: by the topology, the work streams it reads."""

from collections.abc import Callable
from typing import Any

from faststream import AckPolicy
from faststream.redis import RedisBroker, StreamSub
from faststream.redis.configs import RedisConnectionState
from faststream.redis.parser import MessageFormat
from faststream.redis.subscriber.usecases import StreamSubscriber
from redis.asyncio import Redis

from poise_common.contracts.streams import Service

BLOCK_MS = 2_000
"""Below the client's socket timeout of 5 s, which a longer block would run into."""
_MESSAGE_IN_HAND_S = 15.0
"""How long a stopping subscriber waits for the message in hand."""
_READ_LENGTH = 32
"""Entries taken from Redis at a time; they are handled one by one."""


class PlainJson(MessageFormat):
    """Bodies are the message's JSON and nothing else: no envelope of the framework's own."""

    @classmethod
    async def encode(cls, *, message: Any, **_: Any) -> bytes:
        return message if isinstance(message, bytes) else str(message).encode()

    @classmethod
    def parse(cls, data: bytes) -> tuple[bytes, dict[str, Any]]:
        return data, {}


class BrokerTrouble:
    """Hear what FastStream would only log: a subscriber that failed to read."""

    def __init__(self, on_trouble: Callable[[BaseException], None]) -> None:
        self._on_trouble = on_trouble

    def log(self, _level: int, _msg: Any, /, *, exc_info: Any = None, **_: Any) -> None:
        if isinstance(exc_info, BaseException):
            self._on_trouble(exc_info)


class _OurConnection(RedisConnectionState):
    """The client we use everywhere, in place of FastStream's own."""

    __slots__ = ("_redis",)

    def __init__(self, redis: Redis) -> None:
        super().__init__()
        self._redis = redis

    async def connect(self) -> Redis:
        self._client, self._connected = self._redis, True
        return self._redis


class _OurBroker(RedisBroker):
    def __init__(self, redis: Redis, **options: Any) -> None:
        self._redis = redis
        super().__init__(**options)

    def _make_connection_state(self, *_: Any, **__: Any) -> RedisConnectionState:
        return _OurConnection(self._redis)


def create_broker(redis: Redis, on_trouble: Callable[[BaseException], None]) -> RedisBroker:
    """Make the broker on a client of ours: no per-message logging, no dependency injection."""
    return _OurBroker(
        redis,
        logger=BrokerTrouble(on_trouble),
        apply_types=False,
        message_format=PlainJson,
        graceful_timeout=_MESSAGE_IN_HAND_S,
    )


def work_subscriber(broker: RedisBroker, name: str, service: Service) -> StreamSubscriber:
    """Declare that a service reads a work stream in its group; acknowledging is the reader's own business."""
    return broker.subscriber(
        stream=StreamSub(
            name,
            group=service.value,
            consumer=service.value,
            polling_interval=BLOCK_MS,
            max_records=_READ_LENGTH,
        ),
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
    )


async def start_reading(subscriber: StreamSubscriber) -> None:
    """Start a subscriber; a group that Redis has lost in the meantime is made at the first entry, not at the last."""
    subscriber.last_id = "0"  # where FastStream makes the group; what it reads from is another attribute
    await subscriber.start()
