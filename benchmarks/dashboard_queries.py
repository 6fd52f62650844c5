"""How long the dashboards' queries take after a year of 100 assets, 10,000 fills and a snapshot each minute.

The floor is the shortest question there is, asked over the same connection. Each query is to take at most 100 ms, over
the whole year and over its last day, at as many points as a screen is wide.
"""

import asyncio
from datetime import timedelta
from functools import partial

from tests.integration.portfolio.dashboard_queries import query, query_files

from benchmarks.filled_book import YEAR, Connection, connect, fill, migrated_postgres
from benchmarks.timing import Figures, Stopwatch, tell

_ASSET = "A1"
"""One of the filled book's."""
_CALLS = 40
_WARM_UP = 5


def main() -> None:
    """Print the figures."""
    with migrated_postgres() as url:
        tell(asyncio.run(_figures(url)))


async def _figures(url: str) -> list[Figures]:
    connection = await connect(url, plans_kept=0)
    try:
        until = await fill(connection)
        figures = [await _timed(connection, "floor: SELECT 1", "SELECT 1")]
        for name in query_files():
            for range_name, length in (("a year", YEAR), ("a day", timedelta(days=1))):
                sql = query(name, until - length, until, asset=_ASSET)
                figures.append(await _timed(connection, f"{name}, {range_name}", sql))
        return figures
    finally:
        await connection.close()


async def _timed(connection: Connection, name: str, sql: str) -> Figures:
    """Time a query as Grafana asks it: planned anew, and all its rows read."""
    watch = Stopwatch(name)
    for _ in range(_CALLS):
        await watch.time_async(partial(connection.fetch, sql))
    return watch.figures(warm_up=_WARM_UP)


if __name__ == "__main__":
    main()
