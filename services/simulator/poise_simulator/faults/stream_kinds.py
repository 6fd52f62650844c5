"""The kinds of faults that strike stream messages."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field

from poise_simulator.faults.fault import Draw, Fault
from poise_simulator.faults.targets import Occasion, Target


class DuplicateEvents(Fault):
    """A user event is sent twice."""

    kind: Literal["duplicate_events"] = "duplicate_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM


class ReorderEvents(Fault):
    """A user event is sent after the account's next one, or after `hold_ms` when none follows."""

    kind: Literal["reorder_events"] = "reorder_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM
    hold_ms: int = Field(default=1_000, gt=0, le=600_000)


class DelayEvents(Fault):
    """A user event is sent `ms` later; those after it overtake it."""

    kind: Literal["delay_events"] = "delay_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM
    ms: int = Field(default=1_000, gt=0, le=600_000)

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of up to 3 s."""
        return cls(ms=1 + int(draw() * 3_000))


class DropEvents(Fault):
    """A user event is never sent."""

    kind: Literal["drop_events"] = "drop_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM


class DropSocket(Fault):
    """The sockets that a message was meant for are dropped in its place."""

    kind: Literal["drop_socket"] = "drop_socket"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM, Target.MARKET_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM


class GapDepth(Fault):
    """A depth diff is never sent: the next one's update ids don't follow."""

    kind: Literal["gap_depth"] = "gap_depth"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.MARKET_STREAM})
    usual_target: ClassVar[Target] = Target.MARKET_STREAM

    @classmethod
    def may_strike(cls, occasion: Occasion) -> bool:
        """Tell whether an occasion is a depth diff."""
        return super().may_strike(occasion) and occasion.is_depth_diff
