"""A tier shared by real processes: whoever comes, goes or is killed, no book is away or twice for long."""

import asyncio
import sys
from collections import defaultdict
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from redis.asyncio import Redis
from tests.integration.conftest import Simulator
from tests.integration.ingestion.processes import Bus, ingestion

from poise_common.contracts.market_data import OrderBook, Universe
from poise_common.contracts.streams import stream_of
from poise_common.domain.instruments import InstrumentId
from poise_common.platform.bus.redis_client import connect_redis
from poise_common.platform.bus.wire import decoder_of
from poise_ingestion.adapters.redis_keys import replicas_of, shown_by
from poise_ingestion.domain.sharing import owner_of

TIER = 3
PROMISED_S = 5.0
PATIENCE_S = 60
ONE_EPISODE_S = 2.0
"""Repeated books that are no further apart belong to one time of double publishing."""
BOOKS_AFTERWARDS = 5


@dataclass
class BooksWatched:
    """Every book of a tier with the time at which Redis took it."""

    redis: Redis
    times_s: dict[InstrumentId, list[float]] = field(default_factory=lambda: defaultdict(list))
    twice_s: dict[InstrumentId, list[float]] = field(default_factory=lambda: defaultdict(list))
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def run(self) -> None:
        stream = stream_of(OrderBook)
        (name,) = stream.names((TIER,))
        decode = decoder_of(stream)
        position = "0-0"
        sequences: dict[InstrumentId, set[int]] = defaultdict(set)
        while True:
            read: Any = await self.redis.xread({name: position}, count=500, block=1000)
            for _, entries in read or ():
                for entry_id, fields in entries:
                    position = entry_id.decode()
                    book = decode(fields)
                    assert isinstance(book, OrderBook)
                    instrument = InstrumentId(book.venue, book.symbol)
                    at_s = int(position.partition("-")[0]) / 1000
                    self.times_s[instrument].append(at_s)
                    if book.sequence in sequences[instrument]:
                        self.twice_s[instrument].append(at_s)
                    sequences[instrument].add(book.sequence)
            async with self.arrived:
                self.arrived.notify_all()

    async def more(self) -> None:
        """Wait for the next books."""
        async with self.arrived:
            await self.arrived.wait()

    async def more_of_each(self) -> None:
        """Wait until so many more books of every instrument have come."""
        wanted = {one: len(times) + BOOKS_AFTERWARDS for one, times in self.times_s.items()}
        async with asyncio.timeout(PATIENCE_S), self.arrived:
            await self.arrived.wait_for(lambda: all(len(self.times_s[one]) >= count for one, count in wanted.items()))

    @property
    def longest_gap_s(self) -> float:
        return max(later - sooner for times in self.times_s.values() for sooner, later in pairwise(times))

    @property
    def longest_twice_s(self) -> float:
        longest_s = 0.0
        for times in self.twice_s.values():
            begun_s = last_s = times[0]
            for at_s in times:
                begun_s = begun_s if at_s - last_s <= ONE_EPISODE_S else at_s
                longest_s, last_s = max(longest_s, at_s - begun_s), at_s
        return longest_s


async def shared(redis: Redis, watched: BooksWatched, *, processes: int, instruments: int) -> None:
    """Wait until so many processes show every instrument, each the ones that fall to it."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            roll: Any = await redis.zrange(replicas_of(TIER), 0, -1)
            said: Any = await redis.hgetall(shown_by(TIER))
            names = {name.decode() for name in roll}
            shown = {name.decode(): replica.decode() for name, replica in said.items()}
            if len(names) == processes and len(shown) == instruments:
                owners = {name: owner_of(InstrumentId(*name.split(":", 1)), names) for name in shown}
                if shown == owners:
                    return
            await watched.more()


@pytest.mark.alone
async def test_no_book_is_missed_or_twice_for_long_while_one_process_becomes_three_one_is_killed_and_one_is_left(
    redis_url: str, simulator: Simulator, bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    figures_s: dict[str, tuple[float, float]] = {}
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(connect_redis(redis_url))
        watched = BooksWatched(redis)
        watching = asyncio.create_task(watched.run())

        async def start() -> asyncio.subprocess.Process:
            process = ingestion(redis_url, simulator.http_url, POISE_INGESTION__TIER=str(TIER))
            return await stack.enter_async_context(process)

        async def settled(name: str, processes: int) -> None:
            await shared(redis, watched, processes=processes, instruments=instruments)
            await watched.more_of_each()
            figures_s[name] = (round(watched.longest_gap_s, 2), round(watched.longest_twice_s, 2))

        first = await start()
        universe = await bus.until(Universe)
        instruments = sum(len(asset.instruments) for asset in universe.assets if asset.tier == TIER)
        await settled("one", 1)
        second, third = await asyncio.gather(start(), start())
        await settled("three", 3)
        second.kill()
        await settled("one of three killed", 2)
        first.terminate()
        await settled("one again", 1)
        assert third.returncode is None
        watching.cancel()
        await asyncio.wait([watching])
    with capsys.disabled():
        sys.stdout.write(f"\n{instruments} instruments; longest gap and double publishing until then, s: {figures_s}\n")
    assert len(watched.times_s) == instruments
    assert watched.longest_gap_s <= PROMISED_S
    assert watched.longest_twice_s <= PROMISED_S
    assert any(watched.twice_s.values()), "nothing was handed over while both published"
