"""Parts of the big tables: made beforehand, dropped as a whole."""

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from poise_portfolio.domain.retention.records import PartedTable, PartsDue

_IN_USE = frozenset({"55P03", "40P01"})
"""SQLSTATE: a lock that is not to be had at once, or only at the price of a deadlock."""

_MAKE = text("""
    SELECT count(*) FILTER (WHERE portfolio.make_part(:parent, starts_at, ends_at))
    FROM unnest(cast(:starts AS timestamptz[]), cast(:ends AS timestamptz[])) AS part(starts_at, ends_at)
""")
_DROP = text("SELECT portfolio.drop_parts(:parent, :before)")


async def keep_parts(connection: AsyncConnection, due: PartsDue) -> None:
    """Make the parts that are due and drop those that may go; a table that is in use is left as it is for now.

    Nothing is lost by that: what finds no part is written into the table's rest, and moved once its part is made.
    """
    log = structlog.get_logger()
    for table in due.tables:
        try:
            async with connection.begin_nested():
                made, dropped = await _keep(connection, table)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_USE:
                raise
            log.warning("the parts of a table wait for whoever has it in hand", table=table.name)
        else:
            if made or dropped:
                log.info("parts of a table", table=table.name, made=made, dropped=dropped)


async def _keep(connection: AsyncConnection, table: PartedTable) -> tuple[int, int]:
    starts, ends = zip(*table.parts, strict=True)
    made = await connection.execute(_MAKE, {"parent": table.name, "starts": list(starts), "ends": list(ends)})
    dropped = await connection.execute(_DROP, {"parent": table.name, "before": table.keep_since})
    return made.scalar_one(), dropped.scalar_one()
