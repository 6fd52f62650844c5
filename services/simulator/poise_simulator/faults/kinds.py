"""All kinds of faults, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, get_args

from pydantic import Field, TypeAdapter

from poise_simulator.faults import rest_kinds, stream_kinds

FaultKind = (
    rest_kinds.AcceptThenDrop
    | rest_kinds.DropBefore
    | rest_kinds.Truncate
    | rest_kinds.Hang
    | rest_kinds.Http500
    | rest_kinds.Http502Html
    | rest_kinds.Http503Unknown
    | rest_kinds.Html200
    | rest_kinds.Garbage200
    | rest_kinds.Empty200
    | rest_kinds.Delay
    | rest_kinds.Reject
    | rest_kinds.WrongOrderInAnswer
    | rest_kinds.Partial
    | rest_kinds.SlowFill
    | rest_kinds.StaleQueries
    | rest_kinds.TooManyRequests
    | rest_kinds.TimestampRefused
    | stream_kinds.DuplicateEvents
    | stream_kinds.ReorderEvents
    | stream_kinds.DelayEvents
    | stream_kinds.DropEvents
    | stream_kinds.DropSocket
    | stream_kinds.GapDepth
)

KINDS: Mapping[str, type[FaultKind]] = {kind.model_fields["kind"].default: kind for kind in get_args(FaultKind)}
"""Every kind by its name."""

_FAULT: TypeAdapter[FaultKind] = TypeAdapter(Annotated[FaultKind, Field(discriminator="kind")])


def parse_fault(name: str, parameters: Mapping[str, object]) -> FaultKind:
    """Make a fault of its kind's name and parameters. Raises pydantic's `ValidationError`."""
    return _FAULT.validate_python({**parameters, "kind": name})
