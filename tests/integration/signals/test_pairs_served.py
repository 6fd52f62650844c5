"""Pairs in the running service: books, hours, a process that tests them, and a request to risk."""

from collections.abc import Sequence

import numpy as np
from redis.asyncio import Redis
from tests.integration.common.running import eventually
from tests.integration.signals.desk import Desk, SignalsProcess
from tests.integration.signals.stored import Book
from tests.unit.signals.two_assets.markets import book as book_of
from tests.unit.signals.two_assets.markets import funding, hours, listed, universe

from poise_common.contracts.message import Message
from poise_common.contracts.packages import OpenPackage

BARS = 120
ON = {
    "POISE_STRATEGIES__PAIRS__ENABLED": "true",
    "POISE_STRATEGIES__PAIRS__METHOD": "ratio",
    "POISE_STRATEGIES__PAIRS__COINTEGRATION__TEST_BARS": str(BARS),
}
# A walk, and another asset at twice its price, give or take one percent.
DICE = np.random.default_rng(3)
SOL = 50 * np.exp(np.cumsum(DICE.normal(0, 0.01, BARS)))
ADA = SOL * (2 + 0.02 * DICE.normal(0, 1, BARS))


class PairsDesk(Desk):
    """Says that ADA stands three deviations above what SOL makes of it."""

    def said(self) -> Sequence[Message]:
        until = self.now.replace(minute=0, second=0, microsecond=0)
        sol = float(SOL[-1])
        return (
            universe(listed("ADA"), listed("SOL")),
            self.risk(),
            self.portfolio(),
            hours("ADA", ADA.tolist(), until=until),
            hours("SOL", SOL.tolist(), until=until),
            funding("ADA", 0.0, now=self.now),
            funding("SOL", 0.0, now=self.now),
            book_of("ADA", sol * 2.05, sol * 2.05 + 0.0001, now=self.now),
            book_of("SOL", sol, sol + 0.0001, now=self.now),
        )


async def test_a_pair_is_asked_for_once_a_process_has_found_that_it_keeps_together(redis_url: str, book: Book) -> None:
    async with Redis.from_url(redis_url) as redis:
        desk = PairsDesk(redis)

        async def has_asked() -> bool:
            return bool(await desk.asked())

        async with SignalsProcess(redis_url, book.url, **ON).running() as process, desk.speaking():
            await eventually(has_asked, "a request")
        assert process.returncode == 0
    request = desk.requests[0]
    assert isinstance(request, OpenPackage)
    symbols = request.strategy, request.long_leg.symbol, request.short_leg.symbol
    assert symbols == ("pairs", "SOL/USDT:USDT", "ADA/USDT:USDT")
