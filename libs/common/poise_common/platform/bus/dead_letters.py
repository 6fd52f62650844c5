"""Where a message goes that cannot be taken: beside the stream, with the reason, so that the stream flows on."""

from typing import Any

import structlog
from redis.asyncio import Redis

from poise_common.contracts.streams import Service
from poise_common.platform.bus.redis_streams import Fields
from poise_common.platform.bus.wire import DATA_FIELD
from poise_common.platform.metrics import DEAD_LETTERED

_KEPT = 10_000


def dead_letter_stream(name: str) -> str:
    """Name the stream that holds what could not be taken from `name`."""
    return f"dead.{name}"


class DeadLetters:
    """Put messages aside for one service."""

    def __init__(self, redis: Redis, service: Service) -> None:
        self._redis = redis
        self._service = service
        self._log = structlog.get_logger()

    async def put(
        self, name: str, entry_id: str, fields: Fields, reason: str, *, deliveries: int = 1, group: str | None = None
    ) -> None:
        """Write the original bytes with the reason and, for a work stream's `group`, acknowledge in the same step."""
        letter: dict[Any, Any] = {
            **fields,
            DATA_FIELD: fields.get(DATA_FIELD, b""),
            "reason": reason,
            "service": self._service.value,
            "stream": name,
            "entry_id": entry_id,
            "deliveries": deliveries,
        }
        async with self._redis.pipeline(transaction=True) as pipeline:
            pipeline.xadd(dead_letter_stream(name), letter, maxlen=_KEPT, approximate=True)
            if group is not None:
                pipeline.xack(name, group, entry_id)
            await pipeline.execute()
        DEAD_LETTERED.labels(name).inc()
        self._log.error("dead-lettered", stream=name, entry_id=entry_id, reason=reason, deliveries=deliveries)
