"""The envelope of every message: identity, trace and the time of every hop."""

from datetime import datetime
from typing import Any, ClassVar, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime

from poise_common.domain.ids import derived_id
from poise_common.domain.value import Value


class Hop(Value):
    """When a stage had the message's cause in its hands."""

    stage: str
    at: AwareDatetime


class Message(Value):
    """Be one message; subclasses fix `type`, so that a stream's messages tell themselves apart."""

    schema_version: Literal[1] = 1
    id: UUID
    trace_id: UUID
    hops: tuple[Hop, ...] = ()

    coalescing_fields: ClassVar[tuple[str, ...]] = ()
    """On feeds and states: the fields whose values name what a newer message replaces."""

    @property
    def coalescing_key(self) -> tuple[object, ...]:
        return (type(self), *(getattr(self, field) for field in self.coalescing_fields))

    @classmethod
    def first(cls, id_: UUID, stage: str, at: datetime, **fields: Any) -> Self:
        """Make a message that starts a trace of its own."""
        return cls(id=id_, trace_id=id_, hops=(Hop(stage=stage, at=at),), **fields)

    @classmethod
    def caused_by(cls, cause: "Message", stage: str, at: datetime, *parts: str, **fields: Any) -> Self:
        """Make the one message of this type (and `parts`) that follows from a cause; a repeat has the same id."""
        return cls(
            id=derived_id(cause.id, cls.__name__, *parts),
            trace_id=cause.trace_id,
            hops=(*cause.hops, Hop(stage=stage, at=at)),
            **fields,
        )
