"""The kinds of faults, each with its parameters and what it may strike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from poise_simulator.faults.targets import QUERIES, REST, Occasion, Target

Draw = Callable[[], float]
"""The next number of a seeded sequence, from [0, 1)."""


class _Fault(BaseModel):
    """A kind; `targets` are the classes of occasions it may strike, `usual_target` where it does if not told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    targets: ClassVar[frozenset[Target]] = REST
    usual_target: ClassVar[Target] = Target.ORDER_ENTRY
    needs_liquidity_taker: ClassVar[bool] = False

    @classmethod
    def may_strike(cls, occasion: Occasion) -> bool:
        """Tell whether the kind means anything to an occasion."""
        return occasion.target in cls.targets and (occasion.takes_liquidity or not cls.needs_liquidity_taker)

    @classmethod
    def choices_of_target(cls) -> frozenset[Target]:
        """List what a fault of the kind may be aimed at; any REST request it may strike is one choice."""
        return cls.targets | ({Target.ANY_REST} if cls.targets & REST else frozenset())

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one from a seeded sequence; parameters without a say in the outcome stay at their defaults."""
        return cls(effect=draw() < 0.5) if "effect" in cls.model_fields else cls()  # type: ignore[call-arg]  # subclasses'


class AcceptThenDrop(_Fault):
    """The request takes effect; the connection is dropped without an answer."""

    kind: Literal["accept_then_drop"] = "accept_then_drop"


class DropBefore(_Fault):
    """The connection is dropped; nothing takes effect."""

    kind: Literal["drop_before"] = "drop_before"


class Truncate(_Fault):
    """The request takes effect; half the answer comes, then the connection is dropped."""

    kind: Literal["truncate"] = "truncate"


class Hang(_Fault):
    """No answer until the client leaves; with `effect`, the request has taken effect."""

    kind: Literal["hang"] = "hang"
    effect: bool = True


class Http500(_Fault):
    """HTTP 500 with the venue's -1000."""

    kind: Literal["http_500"] = "http_500"
    effect: bool = True


class Http502Html(_Fault):
    """HTTP 502 with a gateway's page."""

    kind: Literal["http_502_html"] = "http_502_html"
    effect: bool = True


class Http503Unknown(_Fault):
    """HTTP 503, "Unknown error, please check your request or try again later."."""

    kind: Literal["http_503_unknown"] = "http_503_unknown"
    effect: bool = True


class Html200(_Fault):
    """HTTP 200 with a page in place of JSON."""

    kind: Literal["html_200"] = "html_200"
    effect: bool = True


class Garbage200(_Fault):
    """HTTP 200 with bytes that are no text."""

    kind: Literal["garbage_200"] = "garbage_200"
    effect: bool = True


class Empty200(_Fault):
    """HTTP 200 with an empty body."""

    kind: Literal["empty_200"] = "empty_200"
    effect: bool = True


class Delay(_Fault):
    """The way there takes `ms` (`when` before: checked and done late) or the way back (after: done at once)."""

    kind: Literal["delay"] = "delay"
    ms: int = Field(default=2_000, gt=0, le=600_000)
    when: Literal["before", "after"] = "after"

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of 0.2 to 3 s."""
        return cls(ms=200 + int(draw() * 2_800), when="before" if draw() < 0.5 else "after")


class Reject(_Fault):
    """A sound request is refused with a listed `code`, usually for want of funds; nothing takes effect."""

    kind: Literal["reject"] = "reject"
    code: int | None = Field(default=None, lt=0)
    message: str | None = None


class WrongOrderInAnswer(_Fault):
    """The request takes effect; the answer tells of another order."""

    kind: Literal["wrong_order_in_answer"] = "wrong_order_in_answer"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.ORDER_ENTRY, Target.CANCEL, Target.ORDER_QUERY})


class Partial(_Fault):
    """At most `fraction` of an order fills at once, the rest expires; strikes orders that can't rest."""

    kind: Literal["partial"] = "partial"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.ORDER_ENTRY})
    needs_liquidity_taker: ClassVar[bool] = True
    fraction: Decimal = Field(default=Decimal("0.5"), ge=0, lt=1)

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of any fraction."""
        return cls(fraction=Decimal(int(draw() * 100)) / 100)


class SlowFill(_Fault):
    """An IOC is answered with `fraction` filled at most; the rest fills, and the order ends, `delay_ms` later."""

    kind: Literal["slow_fill"] = "slow_fill"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.ORDER_ENTRY})
    needs_liquidity_taker: ClassVar[bool] = True
    delay_ms: int = Field(default=1_000, gt=0, le=600_000)
    fraction: Decimal = Field(default=Decimal(0), ge=0, lt=1)

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of 0.1 to 3 s, with nothing or half filled at once."""
        return cls(delay_ms=100 + int(draw() * 2_900), fraction=Decimal(int(draw() * 2)) / 2)


class StaleQueries(_Fault):
    """Orders, fills and balances are shown as they stood `lag_ms` ago: -2013 for an order that exists."""

    kind: Literal["stale_queries"] = "stale_queries"
    targets: ClassVar[frozenset[Target]] = QUERIES
    usual_target: ClassVar[Target] = Target.ANY_REST
    lag_ms: int = Field(default=2_000, gt=0, le=600_000)


class TooManyRequests(_Fault):
    """HTTP 429 with Retry-After; nothing takes effect."""

    kind: Literal["too_many_requests"] = "too_many_requests"
    usual_target: ClassVar[Target] = Target.ANY_REST
    retry_after_s: int = Field(default=1, gt=0)


class TimestampRefused(_Fault):
    """-1021, though the request's clock is right; nothing takes effect."""

    kind: Literal["timestamp_refused"] = "timestamp_refused"


class DuplicateEvents(_Fault):
    """A user event is sent twice."""

    kind: Literal["duplicate_events"] = "duplicate_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM


class ReorderEvents(_Fault):
    """A user event is sent after the account's next one, or after `hold_ms` when none follows."""

    kind: Literal["reorder_events"] = "reorder_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM
    hold_ms: int = Field(default=1_000, gt=0, le=600_000)


class DelayEvents(_Fault):
    """A user event is sent `ms` later; those after it overtake it."""

    kind: Literal["delay_events"] = "delay_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM
    ms: int = Field(default=1_000, gt=0, le=600_000)

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of up to 3 s."""
        return cls(ms=1 + int(draw() * 3_000))


class DropEvents(_Fault):
    """A user event is never sent."""

    kind: Literal["drop_events"] = "drop_events"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM


class DropSocket(_Fault):
    """The sockets that a message was meant for are dropped in its place."""

    kind: Literal["drop_socket"] = "drop_socket"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.USER_STREAM, Target.MARKET_STREAM})
    usual_target: ClassVar[Target] = Target.USER_STREAM


class GapDepth(_Fault):
    """A depth diff is never sent: the next one's update ids don't follow."""

    kind: Literal["gap_depth"] = "gap_depth"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.MARKET_STREAM})
    usual_target: ClassVar[Target] = Target.MARKET_STREAM

    @classmethod
    def may_strike(cls, occasion: Occasion) -> bool:
        """Tell whether an occasion is a depth diff."""
        return super().may_strike(occasion) and occasion.is_depth_diff


FaultKind = (
    AcceptThenDrop
    | DropBefore
    | Truncate
    | Hang
    | Http500
    | Http502Html
    | Http503Unknown
    | Html200
    | Garbage200
    | Empty200
    | Delay
    | Reject
    | WrongOrderInAnswer
    | Partial
    | SlowFill
    | StaleQueries
    | TooManyRequests
    | TimestampRefused
    | DuplicateEvents
    | ReorderEvents
    | DelayEvents
    | DropEvents
    | DropSocket
    | GapDepth
)

KINDS: Mapping[str, type[FaultKind]] = {kind.model_fields["kind"].default: kind for kind in get_args(FaultKind)}
"""Every kind by its name."""

_FAULT: TypeAdapter[FaultKind] = TypeAdapter(Annotated[FaultKind, Field(discriminator="kind")])


def parse_fault(name: str, parameters: Mapping[str, object]) -> FaultKind:
    """Make a fault of its kind's name and parameters. Raises pydantic's `ValidationError`."""
    return _FAULT.validate_python({**parameters, "kind": name})
