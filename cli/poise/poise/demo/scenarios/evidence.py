"""What the book of record says of a scenario's aftermath."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise.demo.record import Record
from poise.demo.scenarios.aftermath import Entry, Fate, Mandate
from poise_common.domain.instruments import Side

_ENTRIES = """
select asset, decided_at, coalesce(checked ->> 'detail', '') as venue_pair
from portfolio.decisions
left join lateral jsonb_array_elements(checks) as checked on checked ->> 'limit' = 'venue_pair'
where action = 'open' and verdict <> 'rejected' and decided_at > :since order by decided_at
"""
_FATES = """
select package_id, closed_at, realised_pnl_usd + funding_usd - fees_usd as result_usd
from portfolio.packages where package_id = any(:package_ids)
"""
_SETTLEMENTS_AGAINST = """
select coalesce(max(count), 0) as most from (
  select count(*) from portfolio.funding_shares as share
  join portfolio.funding_payments using (venue, symbol, income_id)
  where share.amount_usd < 0 and paid_at > :since group by share.package_id
) as by_package
"""
_MANDATES = """
select package_id, taken_at, ended_at from execution.approvals
where status <> 'refused' and (ended_at is null or ended_at > :since) order by taken_at
"""
_EXITS = """
select side, sum(quantity * price) / sum(quantity) as average_price, max(decision_price) as decision_price
from portfolio.fills where action = 'close' and purpose = 'leg' and filled_at > :since group by client_order_id, side
"""
_SILENT_EXITS = """
select count(*) as exits from portfolio.decisions
where action = 'close' and verdict <> 'rejected' and decided_at > :since and reason not like '%slippage%'
"""
_PER_BASIS_POINT = Decimal(10_000)


async def entries_since(record: Record, since: datetime) -> Sequence[Entry]:
    """Return the openings approved since, oldest first."""
    rows = await record.rows(_ENTRIES, since=since)
    return [Entry(row["asset"], row["decided_at"], _venues(row["venue_pair"])) for row in rows]


async def fates_of(record: Record, package_ids: Collection[UUID]) -> dict[UUID, Fate]:
    """Return what became of packages, as far as the book has it."""
    rows = await record.rows(_FATES, package_ids=list(package_ids))
    return {row["package_id"]: Fate(row["closed_at"], row["result_usd"]) for row in rows}


async def settlements_against(record: Record, since: datetime) -> int:
    """Return the most funding settlements that any package has paid since."""
    (row,) = await record.rows(_SETTLEMENTS_AGAINST, since=since)
    return int(row["most"])


async def mandates_since(record: Record, since: datetime) -> Sequence[Mandate]:
    """Return the approvals that execution has or had under way since."""
    rows = await record.rows(_MANDATES, since=since)
    return [Mandate(row["package_id"], row["taken_at"], row["ended_at"]) for row in rows]


async def exit_slippages_bps(record: Record, since: datetime) -> Sequence[Decimal]:
    """Return by how much each closing order since was filled worse than it was decided; better is negative."""
    return [_slippage_bps(row) for row in await record.rows(_EXITS, since=since)]


async def exits_without_slippage(record: Record, since: datetime) -> int:
    """Count the closings approved since whose reason does not say what slippage is expected."""
    (row,) = await record.rows(_SILENT_EXITS, since=since)
    return int(row["exits"])


def _venues(pair: str) -> frozenset[str]:
    """Read both venues of a pair as risk names it: one name where both legs stand at one venue."""
    return frozenset(pair.split("-")) - {""}


def _slippage_bps(row: dict[str, object]) -> Decimal:
    average, decided = row["average_price"], row["decision_price"]
    assert isinstance(average, Decimal)  # noqa: S101 - the column's type
    assert isinstance(decided, Decimal)  # noqa: S101 - the column's type
    worse = average - decided if row["side"] == Side.BUY else decided - average
    return _PER_BASIS_POINT * worse / decided
