"""What execution's rows and the venue's own ledger say of each other, after a campaign."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

_ORDERS = "select client_order_id, venue, state from execution.orders"
_FILLS = "select venue, symbol, trade_id, client_order_id, quantity, price from execution.fills"
_UNLOCKED = """
select count(*) from execution.orders join execution.packages using (package_id)
where orders.state not in ('final', 'void') and packages.state <> 'halted'
"""


@dataclass(frozen=True, slots=True)
class Rows:
    """Execution's orders and fills."""

    orders: Sequence[Mapping[str, Any]]
    fills: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts of what must not be."""

    venue_orders: int
    venue_fills: int
    duplicate_orders: int
    """Client ids that the venue has more than once."""
    unknown_orders: int
    """At the venue under an id that execution has no intent of."""
    lost_fills: int
    invented_fills: int


async def read_rows(database_url: str) -> Rows:
    """Read what execution stored."""
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            orders = [dict(row) for row in (await connection.execute(text(_ORDERS))).mappings()]
            fills = [dict(row) for row in (await connection.execute(text(_FILLS))).mappings()]
        return Rows(orders, fills)
    finally:
        await engine.dispose()


async def count_unresolved(database_url: str) -> int:
    """Return how many orders are neither known to the last fill nor in a locked package."""
    engine = create_async_engine(database_url)
    try:
        async with engine.connect() as connection:
            return int((await connection.execute(text(_UNLOCKED))).scalar_one())
    finally:
        await engine.dispose()


def compare(rows: Rows, ledgers: Mapping[str, Mapping[str, Any]]) -> Comparison:
    """Hold execution's rows against each venue account's ledger; what the venue says is not a client's is left out."""
    intents = {row["client_order_id"] for row in rows.orders}
    ours = Counter(
        (row["venue"], ":" in row["symbol"], str(row["trade_id"]), row["client_order_id"]) for row in rows.fills
    )
    sent: Counter[str] = Counter()
    theirs: Counter[tuple[str, bool, str, str]] = Counter()
    for venue, ledger in ledgers.items():
        sent.update(row["client_order_id"] for row in ledger["orders"] if row["origin"] == "client")
        theirs.update(
            (venue, row["market"] == "futures", str(row["trade_id"]), row["client_order_id"])
            for row in ledger["fills"]
            if row["origin"] == "client"
        )
    return Comparison(
        venue_orders=sum(sent.values()),
        venue_fills=sum(theirs.values()),
        duplicate_orders=sum(count - 1 for count in sent.values()),
        unknown_orders=sum(count for client_id, count in sent.items() if client_id not in intents),
        lost_fills=sum((theirs - ours).values()),
        invented_fills=sum((ours - theirs).values()),
    )
