"""The AsyncAPI document of all streams, made from the topology: `python -m poise_common.platform.asyncapi`."""

import sys
from typing import Any

import yaml
from faststream.redis import RedisBroker, StreamSub
from faststream.specification import AsyncAPI

from poise_common.contracts.streams import STREAMS, TIERS, Service, Stream, StreamKind
from poise_common.platform.bus.wire import union_of

_KINDS = {
    StreamKind.FEED: "A feed: newest wins, a slow reader skips.",
    StreamKind.STATE: "A state: a starting reader has the last value of each key, then follows.",
    StreamKind.WORK: "Work: never lost, effect once, in order; unreadable entries go to `dead.<stream>`.",
}


def document() -> str:
    """Write the document as YAML; the same code gives the same text."""
    broker = RedisBroker("redis://redis:6379")
    for stream in STREAMS:
        _describe(broker, stream)
    specification = AsyncAPI(
        broker,
        title="Poise",
        version="1",
        description="Every stream of Poise: who writes it, who reads it, and what its messages are.",
        schema_version="3.0.0",
    ).to_specification()
    return yaml.safe_dump(specification.to_jsonable(), sort_keys=True, allow_unicode=True, width=120)


def _describe(broker: RedisBroker, stream: Stream) -> None:
    names = stream.names(TIERS)
    messages = ", ".join(message.__name__ for message in stream.messages)
    writers = ", ".join(sorted(stream.producers))
    for name in names:
        broker.publisher(
            stream=name,
            title=f"{name}:publish",
            description=f"{_KINDS[stream.kind]} Written by {writers}: {messages}.",
            schema=union_of(stream),
        )
        for reader in sorted(stream.consumers):
            _subscribe(broker, stream, name, reader)


def _subscribe(broker: RedisBroker, stream: Stream, name: str, reader: Service) -> None:
    is_work = stream.kind is StreamKind.WORK
    place = StreamSub(name, group=reader, consumer=reader) if is_work else StreamSub(name)
    union: Any = union_of(stream)

    async def handle(message: union) -> None: ...

    broker.subscriber(stream=place, title=f"{name}:{reader}", description=f"Read by {reader}.")(handle)


if __name__ == "__main__":
    sys.stdout.write(document())
