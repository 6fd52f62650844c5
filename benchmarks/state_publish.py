"""How long after a fill the desk's new state is on the bus: 100 packages of 100 assets held, 10,000 fills behind them.

Timed from before the fill is added to its stream until a reader of the state's stream has the state that counts it,
with the portfolio a process of its own. It is to take at most 50 ms. The floor is the same way with nothing decided on
it: the fill taken from a stream, as many rows as it causes written in one transaction, as many bytes as the state has
added to another stream and read there. Beside them stands how long the books take to be read at a start.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

from redis.asyncio import Redis
from tests.integration.portfolio.process import PortfolioProcess
from tests.unit.portfolio.desk import Desk, shipped_parameters

from benchmarks.filled_book import Connection, connect, fill, migrated_postgres
from benchmarks.timing import Figures, Stopwatch, tell
from poise.embedded import embedded_valkey
from poise_common.contracts.execution import LegFilled
from poise_common.contracts.message import Message
from poise_common.contracts.state import PortfolioState
from poise_common.contracts.streams import stream_of
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.bus.wire import DATA_FIELD, KEY_FIELD, encode
from poise_common.platform.clock import utc_now
from poise_common.platform.database import create_engine
from poise_common.platform.ids import random_ids
from poise_portfolio.adapters.repository import PortfolioRepository

_CALLS = 200
_WARM_UP = 20
_STARTS = 5
_ROWS_A_FILL = 9
"""Inbox, package, both legs, fill, totals, two balances, position."""
_STATES = stream_of(PortfolioState).name

Held = Sequence[tuple[Any, str]]


def main() -> None:
    """Print the figures."""
    with migrated_postgres() as database_url, embedded_valkey() as redis_url:
        tell(asyncio.run(_figures(database_url, redis_url)))


async def _figures(database_url: str, redis_url: str) -> list[Figures]:
    connection = await connect(database_url)
    try:
        await fill(connection)
        held = await connection.fetch("SELECT package_id, asset FROM portfolio.packages WHERE closed_at IS NULL")
        fills = await connection.fetchval("SELECT count(*) FROM portfolio.fills")
        async with connect_redis(redis_url) as redis:
            async with PortfolioProcess(redis_url, database_url).running():
                published = await _states_after_fills(redis, [tuple(row) for row in held], fills)
            newest: Any = await redis.xrevrange(_STATES, count=1)
            floor = await _floor(redis, connection, newest[0][1][DATA_FIELD])
        return [floor, published, await _starts(database_url)]
    finally:
        await connection.close()


async def _states_after_fills(redis: Redis, held: Held, fills: int) -> Figures:
    speaker = Desk()
    speaker.now, speaker.new_id = utc_now(), random_ids()
    await _mark(redis, speaker, held)
    watch = Stopwatch("a fill, and the state that counts it")
    for number in range(_CALLS):
        package_id, asset = held[number % len(held)]
        message = speaker.fill(f"{asset}/USDT:USDT", "sell", "0.5", "100", package_id=package_id)
        await watch.time_async(partial(_told, redis, message, fills + number + 1))
    return watch.figures(warm_up=_WARM_UP)


async def _mark(redis: Redis, speaker: Desk, held: Held) -> None:
    """Let all that is held be marked, so that the first state is told."""
    for _, asset in held:
        for symbol in (f"{asset}/USDT", f"{asset}/USDT:USDT"):
            await _add(redis, speaker.book(symbol, 100.0))
    while not await redis.xread({_STATES: "0"}, block=1_000):
        pass


async def _told(redis: Redis, message: LegFilled, fills: int) -> None:
    newest: Any = await redis.xrevrange(_STATES, count=1)
    seen = newest[0][0]
    await _add(redis, message)
    counts_it = f'"fills":{fills},'.encode()
    while True:
        replies: Any = await redis.xread({_STATES: seen}, block=0)
        entries = replies[0][1]
        if any(counts_it in fields[DATA_FIELD] for _, fields in entries):
            return
        seen = entries[-1][0]


async def _add(redis: Redis, message: Message) -> None:
    out = encode(message)
    await redis.xadd(out.name, {KEY_FIELD: out.key, DATA_FIELD: out.payload})


async def _floor(redis: Redis, connection: Connection, payload: bytes) -> Figures:
    watch = Stopwatch("floor: taken, written, told on")
    async with _scratch(redis, connection):
        for _ in range(_CALLS):
            await watch.time_async(partial(_bare_way, redis, connection, payload))
    return watch.figures(warm_up=_WARM_UP)


@asynccontextmanager
async def _scratch(redis: Redis, connection: Connection) -> AsyncIterator[None]:
    await connection.execute("CREATE TABLE bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount numeric)")
    await redis.xgroup_create("bare.in", "bare", mkstream=True)
    yield
    await redis.delete("bare.in", "bare.out")
    await connection.execute("DROP TABLE bare")


async def _bare_way(redis: Redis, connection: Connection, payload: bytes) -> None:
    await redis.xadd("bare.in", {DATA_FIELD: b"fill"})
    await redis.xreadgroup("bare", "bare", {"bare.in": ">"}, block=0)
    async with connection.transaction():
        for _ in range(_ROWS_A_FILL):
            await connection.execute("INSERT INTO bare (amount) VALUES (1)")
    added = await redis.xadd("bare.out", {DATA_FIELD: payload}, maxlen=64)
    await redis.xrange("bare.out", min=added)


async def _starts(database_url: str) -> Figures:
    parameters = shipped_parameters()
    kept = timedelta(hours=parameters.closed_packages_kept_h)
    repository = PortfolioRepository(utc_now, kept, parameters.correlations.candles_needed)
    engine = create_engine(database_url)
    watch = Stopwatch("the books read at a start")
    for _ in range(_STARTS):
        async with engine.connect() as connection:
            await watch.time_async(partial(repository.load, connection))
    await engine.dispose()
    return watch.figures(warm_up=0)


if __name__ == "__main__":
    main()
