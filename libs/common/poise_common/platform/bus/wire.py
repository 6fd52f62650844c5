"""How a message is written on a stream, and read back."""

import json
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple, Union
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from poise_common.contracts.message import Message
from poise_common.contracts.streams import Stream, stream_of
from poise_common.platform.bus.redis_streams import Fields

DATA_FIELD = b"__data__"
"""Where FastStream looks for a body."""
KEY_FIELD = b"key"
"""What a newer message replaces, so that a reader skips without decoding."""


class Outgoing(NamedTuple):
    """A message ready to be added to a stream; `name` is the stream's key in Redis."""

    stream: Stream
    name: str
    message_id: UUID
    payload: bytes
    key: bytes


class Malformed(NamedTuple):
    """Bytes that are no message of their stream, and why."""

    reason: str


Decoder = Callable[[Fields], Message | Malformed]


def encode(message: Message) -> Outgoing:
    """Write a message as JSON for the stream that carries its type; a tiered stream takes the message's own tier."""
    stream = stream_of(type(message))
    name = stream.name.replace("<tier>", str(getattr(message, "tier", "")))
    key = "|".join(str(part) for part in (type(message).__name__, *message.coalescing_key[1:]))
    return Outgoing(stream, name, message.id, message.model_dump_json().encode(), key.encode())


def union_of(stream: Stream) -> Any:
    """Return the type of a stream's messages, told apart by their `type`."""
    union: Any = Union[stream.messages]  # noqa: UP007  (the arms are known at run time only)
    return Annotated[union, Field(discriminator="type")] if len(stream.messages) > 1 else union


def decoder_of(stream: Stream) -> Decoder:
    """Return what reads a stream's entries as one of the messages it carries."""
    adapter: TypeAdapter[Message] = TypeAdapter(union_of(stream))

    def decode(fields: Fields) -> Message | Malformed:
        data = fields.get(DATA_FIELD)
        if data is None:
            return Malformed(f"no {DATA_FIELD.decode()} field")
        try:
            return adapter.validate_json(data)
        except ValidationError as error:
            return Malformed(_reason(data, error))

    return decode


def _reason(data: bytes, error: ValidationError) -> str:
    try:
        version = json.loads(data)["schema_version"]
    except (ValueError, KeyError, TypeError):
        version = 1
    if version != 1:
        return f"unknown schema_version {version!r}"
    found = error.errors(include_url=False, include_input=False)
    texts = [f"{'.'.join(map(str, details['loc'])) or 'message'}: {details['msg']}" for details in found[:3]]
    more = f" (and {len(found) - 3} more)" if len(found) > 3 else ""
    return "; ".join(texts) + more
