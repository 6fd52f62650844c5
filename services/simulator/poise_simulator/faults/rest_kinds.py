"""The kinds of faults that strike requests."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Literal, Self

from pydantic import Field

from poise_simulator.faults.fault import Draw, Fault
from poise_simulator.faults.targets import QUERIES, Target


class AcceptThenDrop(Fault):
    """The request takes effect; the connection is dropped without an answer."""

    kind: Literal["accept_then_drop"] = "accept_then_drop"


class DropBefore(Fault):
    """The connection is dropped; nothing takes effect."""

    kind: Literal["drop_before"] = "drop_before"


class Truncate(Fault):
    """The request takes effect; half the answer comes, then the connection is dropped."""

    kind: Literal["truncate"] = "truncate"


class Hang(Fault):
    """No answer until the client leaves; with `effect`, the request has taken effect."""

    kind: Literal["hang"] = "hang"
    effect: bool = True


class Http500(Fault):
    """HTTP 500 with the venue's -1000."""

    kind: Literal["http_500"] = "http_500"
    effect: bool = True


class Http502Html(Fault):
    """HTTP 502 with a gateway's page."""

    kind: Literal["http_502_html"] = "http_502_html"
    effect: bool = True


class Http503Unknown(Fault):
    """HTTP 503, "Unknown error, please check your request or try again later."."""

    kind: Literal["http_503_unknown"] = "http_503_unknown"
    effect: bool = True


class Html200(Fault):
    """HTTP 200 with a page in place of JSON."""

    kind: Literal["html_200"] = "html_200"
    effect: bool = True


class Garbage200(Fault):
    """HTTP 200 with bytes that are no text."""

    kind: Literal["garbage_200"] = "garbage_200"
    effect: bool = True


class Empty200(Fault):
    """HTTP 200 with an empty body."""

    kind: Literal["empty_200"] = "empty_200"
    effect: bool = True


class Delay(Fault):
    """The way there takes `ms` (`when` before: checked and done late) or the way back (after: done at once)."""

    kind: Literal["delay"] = "delay"
    ms: int = Field(default=2_000, gt=0, le=600_000)
    when: Literal["before", "after"] = "after"

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of 0.2 to 3 s."""
        return cls(ms=200 + int(draw() * 2_800), when="before" if draw() < 0.5 else "after")


class Reject(Fault):
    """A sound request is refused with a listed `code`, usually for want of funds; nothing takes effect."""

    kind: Literal["reject"] = "reject"
    code: int | None = None
    message: str | None = None


class WrongOrderInAnswer(Fault):
    """The request takes effect; the answer tells of another order."""

    kind: Literal["wrong_order_in_answer"] = "wrong_order_in_answer"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.ORDER_ENTRY, Target.CANCEL, Target.ORDER_QUERY})


class Partial(Fault):
    """At most `fraction` of an order fills at once, the rest expires; strikes orders that can't rest."""

    kind: Literal["partial"] = "partial"
    targets: ClassVar[frozenset[Target]] = frozenset({Target.ORDER_ENTRY})
    needs_liquidity_taker: ClassVar[bool] = True
    fraction: Decimal = Field(default=Decimal("0.5"), ge=0, lt=1)

    @classmethod
    def drawn(cls, draw: Draw) -> Self:
        """Make one of any fraction."""
        return cls(fraction=Decimal(int(draw() * 100)) / 100)


class SlowFill(Fault):
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


class StaleQueries(Fault):
    """Orders, fills and balances are shown as they stood `lag_ms` ago: -2013 for an order that exists."""

    kind: Literal["stale_queries"] = "stale_queries"
    targets: ClassVar[frozenset[Target]] = QUERIES
    usual_target: ClassVar[Target] = Target.ANY_REST
    lag_ms: int = Field(default=2_000, gt=0, le=600_000)


class TooManyRequests(Fault):
    """HTTP 429 with Retry-After; nothing takes effect."""

    kind: Literal["too_many_requests"] = "too_many_requests"
    usual_target: ClassVar[Target] = Target.ANY_REST
    retry_after_s: int = Field(default=1, gt=0)


class TimestampRefused(Fault):
    """-1021, though the request's clock is right; nothing takes effect."""

    kind: Literal["timestamp_refused"] = "timestamp_refused"
