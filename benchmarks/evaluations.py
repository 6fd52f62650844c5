"""How many book updates signals evaluates in a second on one core, and that one costs the same however many there are.

The floor is what no evaluation can do without: the VWAPs of both legs over the smallest package, with a basis of them.
Every instrument's book changes ten times a second of the desk's clock, so that candidates are told of as often as live.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter
from uuid import UUID

import numpy as np
import yaml
from tests.unit.signals.rig import START, Rig

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.net_yield import entry_yield
from poise_common.domain.order_books import Level
from poise_signals.domain.config import strategies_config

_CONFIG = Path(__file__).parents[1] / "config" / "strategies.yaml"
_INSTRUMENTS = (10, 100, 500)
_LEVELS = 20
_BOOKS_PER_S = 10
_UPDATES = 5_000
_ROUNDS = 20
_SMALLEST_USD = 1_000.0
_ID = UUID(int=1)


def main() -> None:
    """Print the figures."""
    desks = {instruments: _Desk(instruments) for instruments in _INSTRUMENTS}
    costs_us: dict[int, list[float]] = {instruments: [] for instruments in _INSTRUMENTS}
    floors_us = []
    for _ in range(_ROUNDS):  # interleaved, so that what else the machine does falls on all of them
        for instruments, desk in desks.items():
            costs_us[instruments].append(desk.update_us(_UPDATES))
        floors_us.append(_floor_us(desks[_INSTRUMENTS[0]].books, _UPDATES))
    floor_us = median(floors_us)
    print(f"floor: two VWAPs of {_SMALLEST_USD:,.0f} USD and their basis   {floor_us:7.1f} µs")
    for instruments in _INSTRUMENTS:
        cost_us = median(costs_us[instruments])
        told = f"{1e6 / cost_us:10,.0f} evaluations/s   {cost_us / floor_us:5.1f} × the floor"
        print(f"a book update among {instruments:3} instruments                  {cost_us:7.1f} µs {told}")
    few, many = median(costs_us[_INSTRUMENTS[0]]), median(costs_us[_INSTRUMENTS[-1]])
    print(
        f"cost among {_INSTRUMENTS[-1]} instruments over that among {_INSTRUMENTS[0]}: {many / few:.2f} (1.2 at most)"
    )


class _Desk:
    """A core that watches so many instruments, half of them spot and half perpetuals, none of which pays."""

    def __init__(self, instruments: int) -> None:
        assets = [f"A{number}" for number in range(instruments // 2)]
        self._rig = Rig(strategies_config().model_validate(yaml.safe_load(_CONFIG.read_text())))
        self._rig.hear(self._rig.universe(*assets))
        self._rig.hear(self._rig.risk())
        self._rig.hear(self._rig.portfolio())
        for asset in assets:
            self._rig.hear(self._rig.funding(asset=asset))
        self._step = timedelta(seconds=1 / _BOOKS_PER_S / instruments)
        draws = np.random.default_rng(instruments)
        symbols = [symbol for asset in assets for symbol in (f"{asset}/USDT", f"{asset}/USDT:USDT")]
        self.books = [_book(symbol, 100 * (1 + draws.normal(0, 0.0001))) for symbol in symbols]
        self._next = cycle(self.books)
        self.update_us(4 * instruments)

    def update_us(self, updates: int) -> float:
        """Take so many books, and return what one took; the books' own times are set outside the timing."""
        rig, core = self._rig, self._rig.core
        rig.hear(rig.risk())
        rig.hear(rig.portfolio())
        taken_s = 0.0
        for book in self._fresh(updates):
            began = perf_counter()
            core.handle(book, rig.now)
            taken_s += perf_counter() - began
        return taken_s / updates * 1e6

    def _fresh(self, updates: int) -> Iterator[OrderBook]:
        rig = self._rig
        for number in range(updates):
            rig.now += self._step
            if number % 4_000 == 0:
                rig.hear(rig.risk())
                rig.hear(rig.portfolio())
            yield next(self._next).model_copy(update={"received_at": rig.now, "venue_time": rig.now})


def _book(symbol: str, mid: float) -> OrderBook:
    return OrderBook.first(
        _ID,
        "ingestion",
        START,
        venue="paper",
        symbol=symbol,
        tier=1,
        sequence=1,
        venue_time=START,
        received_at=START,
        bids=tuple(Level(mid * (1 - 0.0001 * (level + 1)), 100.0) for level in range(_LEVELS)),
        asks=tuple(Level(mid * (1 + 0.0001 * (level + 1)), 100.0) for level in range(_LEVELS)),
    )


def _floor_us(books: list[OrderBook], updates: int) -> float:
    spot, perpetual = books[0], books[1]
    began = perf_counter()
    for _ in range(updates):
        entry_yield(spot.asks, perpetual.bids, _SMALLEST_USD, 0.0014, 0.0003)
    return (perf_counter() - began) / updates * 1e6


if __name__ == "__main__":
    main()
