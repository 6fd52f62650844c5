"""Reads a run's history: the simulator's own ledger, the book of record, and the work streams."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.request import urlopen
from uuid import UUID

from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from tests.crash.history import (
    AlertTold,
    History,
    Market,
    StoredApproval,
    StoredLeg,
    StoredOrder,
    StoredPackage,
    Stretch,
    ToldFill,
    TradeKey,
    VenueFill,
    VenueOrder,
)

from poise_common.contracts.control import Alert
from poise_common.contracts.execution import LegFilled, PackageHalted
from poise_common.contracts.message import Message
from poise_common.contracts.packages import LegRole, PackageApproved
from poise_common.contracts.signatures import Verifier
from poise_common.contracts.streams import STREAMS, Stream, StreamKind, stream_of
from poise_common.domain.instruments import Side
from poise_common.platform.bus.dead_letters import dead_letter_stream
from poise_common.platform.bus.redis_streams import entries
from poise_common.platform.bus.wire import decoder_of
from poise_common.platform.clock import utc_now

ACCOUNT = "paper"
_ANSWER_WITHIN_S = 30
_OURS = "client"

Row = Mapping[str, Any]
M = TypeVar("M", bound=Message)

_QUERIES = {
    "orders": "select client_order_id, approval_id, package_id, role, purpose, state, filled_quantity"
    " from execution.orders",
    "approvals": "select theirs.approved, ours.signature from execution.approvals theirs"
    " left join risk.approvals ours using (approval_id)",
    "packages": "select package_id, long_instrument ->> 'base' as base, long_held, short_held from execution.packages",
    "ledger_fills": "select client_order_id, package_id, symbol, trade_id, quantity, price from portfolio.fills",
    "unsettled": "select approval_id from risk.approvals where outcome is null",
}


async def read_venue(simulator_url: str) -> Row:
    """Return the simulator's ledger of our account, all rows; times in ms."""
    url = f"{simulator_url}/sim/v1/ledger?account={ACCOUNT}&rows=true"
    (account,) = (await asyncio.to_thread(get_json, url))["accounts"]
    return dict(account)


def get_json(url: str) -> Any:
    """Fetch one of the run's own loopback addresses; decimals stay text."""
    with urlopen(url, timeout=_ANSWER_WITHIN_S) as answer:  # noqa: S310 - loopback
        return json.load(answer)


async def read_history(
    *,
    simulator_url: str,
    database_url: str,
    redis_url: str,
    verifier: Verifier,
    residual_cap_usd: Decimal,
    execution_away: Sequence[Stretch],
) -> History:
    """Read everything once all is settled."""
    venue = await read_venue(simulator_url)
    rows = await _read_rows(database_url)
    redis: Redis = Redis.from_url(redis_url)
    try:
        told = {stream.name: await _messages(redis, stream) for stream in (stream_of(LegFilled), stream_of(Alert))}
        dead = await _dead_letters(redis)
    finally:
        await redis.aclose()
    reports = told[stream_of(LegFilled).name]
    return History(
        venue_orders=[_venue_order(row) for row in venue["orders"] if row.get("origin", _OURS) == _OURS],
        venue_fills=[_venue_fill(row) for row in venue["fills"] if row.get("origin", _OURS) == _OURS],
        orders=[_stored_order(row) for row in rows["orders"]],
        approvals=[_stored_approval(row, verifier) for row in rows["approvals"]],
        packages=[StoredPackage(**row) for row in rows["packages"]],
        ledger_fills=[_ledger_fill(row) for row in rows["ledger_fills"]],
        reported_fills={fill.id: _reported_fill(fill) for fill in _of(LegFilled, reports)},
        halted=frozenset(message.package_id for message in _of(PackageHalted, reports)),
        alerts=[
            AlertTold(name=alert.name, subject=alert.subject, firing=alert.firing, at=alert.raised_at)
            for alert in _of(Alert, told[stream_of(Alert).name])
        ],
        unsettled_approvals=[row["approval_id"] for row in rows["unsettled"]],
        dead_letters=dead,
        read_at=utc_now(),
        residual_cap_usd=residual_cap_usd,
        execution_away=execution_away,
    )


async def _read_rows(database_url: str) -> dict[str, Sequence[Row]]:
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            return {
                name: [dict(row) for row in (await connection.execute(text(query))).mappings()]
                for name, query in _QUERIES.items()
            }
    finally:
        await engine.dispose()


async def _messages(redis: Redis, stream: Stream) -> dict[UUID, Message]:
    """Return a work stream's messages by id: the bus may carry one twice."""
    decode = decoder_of(stream)
    decoded = [decode(fields) for _, fields in await entries(redis, stream.name)]
    return {message.id: message for message in decoded if isinstance(message, Message)}


async def _dead_letters(redis: Redis) -> list[str]:
    found = []
    for stream in STREAMS:
        if stream.kind is StreamKind.WORK:
            for _, fields in await entries(redis, dead_letter_stream(stream.name)):
                found.append(f"{stream.name} for {fields[b'service'].decode()}: {fields[b'reason'].decode()}")
    return found


def _of(kind: type[M], messages: Mapping[UUID, Message]) -> list[M]:
    return [message for message in messages.values() if isinstance(message, kind)]


def _venue_order(row: Row) -> VenueOrder:
    return VenueOrder(
        client_order_id=row["client_order_id"],
        market=Market(row["market"], row["symbol"]),
        side=Side(row["side"].lower()),
        quantity=Decimal(row["quantity"]),
        executed=Decimal(row["executed_quantity"]),
        status=row["status"],
    )


def _venue_fill(row: Row) -> VenueFill:
    return VenueFill(
        client_order_id=row["client_order_id"],
        key=TradeKey(Market(row["market"], row["symbol"]), str(row["trade_id"]), row["client_order_id"]),
        side=Side(row["side"].lower()),
        quantity=Decimal(row["quantity"]),
        price=Decimal(row["price"]),
        fee=Decimal(row["commission"]),
        fee_currency=row["commission_asset"],
        at=datetime.fromtimestamp(row["time_ms"] / 1000, UTC),
    )


def _stored_order(row: Row) -> StoredOrder:
    return StoredOrder(
        client_order_id=row["client_order_id"],
        approval_id=row["approval_id"],
        package_id=row["package_id"],
        role=LegRole(row["role"]),
        is_unwind=row["purpose"] == "unwind",
        state=row["state"],
        filled=row["filled_quantity"],
    )


def _stored_approval(row: Row, verifier: Verifier) -> StoredApproval:
    message = PackageApproved.model_validate(row["approved"])
    approval, signature = message.approval, message.signature
    return StoredApproval(
        approval_id=approval.approval_id,
        legs={leg.role: StoredLeg(Market.of(leg.symbol), leg.side, leg.quantity) for leg in approval.legs},
        is_genuine=row["signature"] == signature and verifier.is_signed(approval, signature),
    )


def _ledger_fill(row: Row) -> ToldFill:
    return ToldFill(
        client_order_id=row["client_order_id"],
        package_id=row["package_id"],
        key=TradeKey(Market.of(row["symbol"]), row["trade_id"], row["client_order_id"]),
        quantity=row["quantity"],
        price=row["price"],
    )


def _reported_fill(fill: LegFilled) -> ToldFill:
    return ToldFill(
        client_order_id=fill.client_order_id,
        package_id=fill.package_id,
        key=TradeKey(Market.of(fill.symbol), fill.trade_id, fill.client_order_id),
        quantity=fill.quantity,
        price=fill.price,
    )
