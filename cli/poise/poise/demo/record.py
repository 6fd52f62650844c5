"""What the book of record says of a run."""

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from poise.demo.report import Latency
from poise_common.contracts.packages import PackageApproved, Verdict
from poise_common.contracts.signatures import Verifier
from poise_common.domain.clock import elapsed_ms
from poise_risk.domain.gate.waiting import WAITED

_COUNTS = """
with across as (
  select package_id from portfolio.package_legs group by package_id having count(distinct venue) > 1
)
select
  (select count(distinct request_id) from portfolio.decisions) as requests,
  (select count(*) from portfolio.decisions where verdict <> 'rejected') as approved,
  (select count(*) from portfolio.packages where state in ('open', 'closing', 'rolling', 'closed')) as opened,
  (select count(*) from portfolio.packages where state = 'closed') as closed,
  (select count(*) from portfolio.packages where state = 'aborted') as aborted,
  (select count(*) from portfolio.packages where state = 'halted') as halted,
  (select count(*) from portfolio.packages join across using (package_id)
   where state in ('open', 'closing', 'rolling', 'closed')) as opened_across,
  (select count(*) from portfolio.packages join across using (package_id) where state = 'closed') as closed_across
"""
_ORDERS_SENT = """
select venue, count(*) as count from execution.orders where state not in ('intended', 'void') group by venue
"""
_FILLS = "select venue, count(*) as count from portfolio.fills group by venue"
_REJECTED = """
select coalesce(binding_limit, 'none named') as binding_limit, count(*) as count
from portfolio.decisions where verdict = 'rejected' group by 1 order by 1
"""
_STANDING = """
select exists (select 1 from execution.approvals where status = 'working') as under_way
"""
_ACCOUNT_REPORTS = "select venue, max(as_of) as reported_at from portfolio.account_reports group by venue"
_ORDERS = """
select orders.client_order_id, orders.venue, orders.symbol, orders.quantity, orders.sent_at, orders.purpose,
       orders.attempt, approvals.approved
from execution.orders join execution.approvals using (approval_id)
"""
_NEWS = """
select decided_at, action, asset, strategy, verdict, requested_exposure_usd, approved_exposure_usd, binding_limit
from portfolio.decisions where decided_at > :since order by decided_at limit 20
"""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Figures:
    """What the record counts; a request that was sent twice under one id counts once."""

    requests: int
    approved: int
    rejected: dict[str, int]
    orders_sent: Mapping[str, int]
    """By venue."""
    packages_opened: int
    packages_closed: int
    packages_aborted: int
    packages_halted: int
    cross_venue_opened: int
    """Of those that were opened: with legs at two venues."""
    cross_venue_closed: int
    ledger_fills: Mapping[str, int]
    """By venue."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether anything is under way, and what was booked last."""

    packages_under_way: bool
    ledger_fills: Mapping[str, int]
    """By venue."""
    account_reports_at: Mapping[str, datetime]
    """The newest of each venue."""


class Record:
    """Ask the book of record."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._told_until = _NEVER

    async def figures(self) -> Figures:
        """Count the run."""
        (counts,) = await self.rows(_COUNTS)
        return Figures(
            requests=counts["requests"],
            approved=counts["approved"],
            rejected={row["binding_limit"]: row["count"] for row in await self.rows(_REJECTED)},
            orders_sent=await self._by_venue(_ORDERS_SENT),
            packages_opened=counts["opened"],
            packages_closed=counts["closed"],
            packages_aborted=counts["aborted"],
            packages_halted=counts["halted"],
            cross_venue_opened=counts["opened_across"],
            cross_venue_closed=counts["closed_across"],
            ledger_fills=await self._by_venue(_FILLS),
        )

    async def standing(self) -> Standing:
        """Return what is under way now."""
        (row,) = await self.rows(_STANDING)
        reports = {each["venue"]: each["reported_at"] for each in await self.rows(_ACCOUNT_REPORTS)}
        return Standing(row["under_way"], await self._by_venue(_FILLS), reports)

    async def news(self) -> Sequence[tuple[datetime, str]]:
        """Return a line for each decision since the last call."""
        rows = await self.rows(_NEWS, since=self._told_until)
        if rows:
            self._told_until = rows[-1]["decided_at"]
        return [(row["decided_at"], _told(row)) for row in rows]

    async def latency(self) -> Latency:
        """Return how long the way took from the books' frames to the first orders that came of them.

        Waiting for a better request for the same slot is told as its stage, and is no part of the way.
        """
        totals: list[float] = []
        hops: defaultdict[str, list[float]] = defaultdict(list)
        for row in await self.rows(_ORDERS):
            if row["sent_at"] is None or row["purpose"] != "leg" or row["attempt"] != 0:
                continue
            way = PackageApproved.model_validate(row["approved"]).hops
            if way[0].stage != "received":
                continue
            stretches = [(after.stage, elapsed_ms(before.at, after.at)) for before, after in pairwise(way)]
            for stage, ms in stretches:
                hops[stage].append(ms)
            waited_ms = sum(ms for stage, ms in stretches if stage == WAITED)
            totals.append(elapsed_ms(way[0].at, row["sent_at"]) - waited_ms)
            hops["sent"].append(elapsed_ms(way[-1].at, row["sent_at"]))
        if not totals:
            return Latency(p50=None, p99=None, hops_p50={})
        p50, p99 = np.percentile(totals, [50, 99])
        medians = {stage: round(float(np.median(times)), 2) for stage, times in hops.items()}
        return Latency(p50=round(float(p50), 2), p99=round(float(p99), 2), hops_p50=medians)

    async def approved_orders(self, verify_key_pem: bytes) -> frozenset[tuple[str, str]]:
        """Return venue and client id of orders that a signed approval covers: its instruments, its size at most."""
        key = load_pem_public_key(verify_key_pem)
        if not isinstance(key, Ed25519PublicKey):
            raise TypeError("the verify key is no Ed25519 key")
        verifier = Verifier(key)
        covered = (row for row in await self.rows(_ORDERS) if _is_covered(row, verifier))
        return frozenset((row["venue"], row["client_order_id"]) for row in covered)

    async def _by_venue(self, query: str) -> dict[str, int]:
        return {row["venue"]: row["count"] for row in await self.rows(query)}

    async def rows(self, query: str, **parameters: object) -> Sequence[dict[str, Any]]:
        """Return what a query finds."""
        async with self._engine.connect() as connection:
            return [dict(row) for row in (await connection.execute(text(query), parameters)).mappings()]


@contextlib.asynccontextmanager
async def recording(database_url: str) -> AsyncIterator[Record]:
    """Open the book of record for reading."""
    engine = create_async_engine(database_url, pool_size=2)
    try:
        yield Record(engine)
    finally:
        await engine.dispose()


def _is_covered(row: dict[str, Any], verifier: Verifier) -> bool:
    message = PackageApproved.model_validate(row["approved"])
    largest = {(leg.venue, leg.symbol): leg.quantity for leg in message.approval.legs}
    return verifier.is_signed(message.approval, message.signature) and Decimal(0) < row["quantity"] <= largest.get(
        (row["venue"], row["symbol"]), Decimal(0)
    )


def _told(row: dict[str, Any]) -> str:
    what = f"{row['action']} {row['asset']} ({row['strategy']})"
    match Verdict(row["verdict"]):
        case Verdict.APPROVED:
            return f"approved {what} ${row['approved_exposure_usd']:,.0f}"
        case Verdict.APPROVED_SMALLER:
            return (
                f"approved {what} ${row['approved_exposure_usd']:,.0f} of ${row['requested_exposure_usd']:,.0f}: "
                f"{row['binding_limit']}"
            )
        case Verdict.REJECTED:
            return f"rejected {what}: {row['binding_limit']}"
