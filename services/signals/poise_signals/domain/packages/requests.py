"""What is asked of risk: the record that remembers it and the message, made together."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from poise_common.contracts.legs import Legs, money
from poise_common.contracts.message import Hop, Message
from poise_common.contracts.packages import (
    ClosePackage,
    CloseReason,
    OpenPackage,
    OrderStyle,
    PackageAction,
    PackageState,
    RollPackage,
)
from poise_common.domain.clock import to_ms
from poise_common.domain.ids import derived_id
from poise_signals.domain.packages.book import PackageRecord
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import Edge, RollEdge

STAGE = "signals"


class Occasion(NamedTuple):
    """What sets a request off, and how long it is good for."""

    cause: Message
    now: datetime
    expires_after: timedelta


class Request(NamedTuple):
    """A request with the record that is to be stored in the same transaction."""

    record: PackageRecord
    message: OpenPackage | ClosePackage | RollPackage


def ask_to_open(
    candidate: Candidate, asked_before: PackageRecord | None, edge: Edge, legs: Legs, occasion: Occasion
) -> Request:
    """Ask for a new package, or again for one that was asked for and not answered: the package keeps its id.

    The edge score by which risk settles conflicts is net APR on the capital used, margin included, by how sure it is.
    """
    record = asked_before or _new_record(candidate, occasion)
    record = _asked(
        record,
        PackageAction.OPEN,
        occasion.now,
        state=PackageState.PROPOSED,
        entry_yield=_yield(edge.total_yield),
        hedge_ratio=money(edge.hedge_ratio),
    )
    message = OpenPackage(
        **_envelope(record, occasion),
        tier=candidate.tier,
        long_leg=legs.long,
        short_leg=legs.short,
        hedge_ratio=record.hedge_ratio,
        net_yield=_yield(edge.net_yield),
        expected_funding=_yield(edge.expected_funding),
        net_apr=_yield(edge.net_apr),
        edge_score=_yield(edge.score),
    )
    return Request(record, message)


def ask_to_close(
    record: PackageRecord,
    reason: CloseReason,
    edge_left: float | None,
    legs: Legs,
    occasion: Occasion,
    *,
    style: OrderStyle,
) -> Request:
    """Ask for a package to be closed, first or again."""
    record = _asked(record, PackageAction.CLOSE, occasion.now, state=PackageState.CLOSING, close_reason=reason)
    message = ClosePackage(
        **_envelope(record, occasion),
        reason=reason,
        edge_left=None if edge_left is None else _yield(edge_left),
        style=style,
        long_leg=legs.long,
        short_leg=legs.short,
    )
    return Request(record, message)


def ask_to_roll(record: PackageRecord, edge: RollEdge, closing: Legs, opening: Legs, occasion: Occasion) -> Request:
    """Ask for a package to pass its long leg on to a successor, whose id follows from the request."""
    record = _asked(
        record, PackageAction.CLOSE, occasion.now, state=PackageState.ROLLING, close_reason=CloseReason.ROLLED
    )
    envelope = _envelope(record, occasion)
    out = ClosePackage(
        **envelope, reason=CloseReason.ROLLED, edge_left=None, long_leg=closing.long, short_leg=closing.short
    )
    into = OpenPackage(
        **envelope
        | {
            "id": derived_id(record.request_id, OpenPackage.__name__),
            "package_id": derived_id(record.request_id, "successor"),
        },
        tier=edge.candidate.tier,
        long_leg=opening.long,
        short_leg=opening.short,
        hedge_ratio=record.hedge_ratio,
        net_yield=_yield(edge.net_yield),
        expected_funding=Decimal(0),
        net_apr=_yield(edge.net_apr),
        edge_score=_yield(edge.net_apr),
    )
    message = RollPackage(
        id=derived_id(record.request_id, RollPackage.__name__),
        trace_id=out.trace_id,
        hops=out.hops,
        closing=out,
        opening=into,
    )
    return Request(record, message)


def _new_record(candidate: Candidate, occasion: Occasion) -> PackageRecord:
    package_id = derived_id(occasion.cause.id, *candidate.slot, str(to_ms(occasion.now)))
    return PackageRecord(
        package_id=package_id,
        strategy=candidate.strategy,
        slot_name=candidate.slot_name,
        asset=candidate.asset,
        tier=candidate.tier,
        state=PackageState.PROPOSED,
        long_instrument=candidate.long_instrument,
        short_instrument=candidate.short_instrument,
        long_quantity=Decimal(0),
        short_quantity=Decimal(0),
        entry_yield=Decimal(0),
        request_id=package_id,
        requests=0,
        requested_at=occasion.now,
        approval_id=None,
        settled_approvals=(),
        close_reason=None,
        note="",
        wait_until=None,
        updated_at=occasion.now,
    )


def _asked(record: PackageRecord, action: PackageAction, now: datetime, **changes: Any) -> PackageRecord:
    number = record.requests + 1
    return replace(
        record,
        request_id=derived_id(record.package_id, action.value, str(number)),
        requests=number,
        requested_at=now,
        note="",
        wait_until=None,
        updated_at=now,
        **changes,
    )


def _envelope(record: PackageRecord, occasion: Occasion) -> dict[str, Any]:
    """Name the request by package and number, so that risk knows a repeat, and keep the trace of what set it off."""
    return {
        "id": record.request_id,
        "trace_id": occasion.cause.trace_id,
        "hops": (*occasion.cause.hops, Hop(stage=STAGE, at=occasion.now)),
        "package_id": record.package_id,
        "strategy": record.strategy,
        "asset": record.asset,
        "requested_at": occasion.now,
        "expires_at": occasion.now + occasion.expires_after,
    }


def _yield(fraction: float) -> Decimal:
    return Decimal(f"{fraction:.8f}")
