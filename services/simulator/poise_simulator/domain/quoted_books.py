"""Books with makers and takers of their own: requoted and traded whenever the draws say so."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import MarketProfile
from poise_simulator.domain.levers import MarketLevers
from poise_simulator.domain.listings import Listing
from poise_simulator.domain.makers import Ladder, MarketMaker
from poise_simulator.domain.orders import Side
from poise_simulator.domain.randomness import DrawBuffer, generator_for

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

DAY_S = 86_400
DRAWN_STEPS = 256
MAX_TRADE_MULTIPLE = 8.0
SWEEP_REACH_BPS = 40.0
"""A synthetic taker never trades further from the touch than this."""

Sweep = Callable[[Listing, Side, int, int, int], int]
"""Trade (listing, side, lots, limit ticks, time) as synthetic flow; returns the lots left."""


class BookPlan(NamedTuple):
    """A book to make: its asset's column, its liquidity, and the price its ladder is laid around."""

    column: int
    listing: Listing
    profile: MarketProfile
    price: float


class Pace(NamedTuple):
    """How often books are requoted, over steps of which length, and how deep."""

    step_s: float
    updates_per_s: float
    levels: int


@dataclass(slots=True)
class MadeBook:
    """A listing with those who trade it: its maker, and takers of a usual size."""

    listing: Listing
    maker: MarketMaker
    draws: DrawBuffer
    usual_trade_lots: float
    reach_ticks: int


class QuotedBooks:
    """Some books that share a schedule; arrays are by book, in the order of the plans."""

    def __init__(
        self,
        plans: Sequence[BookPlan],
        levers: MarketLevers,
        pace: Pace,
        sweep: Sweep,
        *,
        seed: int,
        schedule: tuple[str, ...],
    ) -> None:
        """Make the books; nothing is quoted before `open`. `schedule` names the generator of what is due when."""
        self._levers = levers
        self._quoted_under = (levers.depth, levers.spread)
        self._sweep = sweep
        self._now_ms = 0
        self.columns = np.array([plan.column for plan in plans], dtype=np.intp)
        self._ticks = np.array([plan.listing.tick for plan in plans])
        requotes = [min(1.0, pace.updates_per_s * pace.step_s)] * len(plans)
        trades = [plan.profile.trades_per_s * pace.step_s for plan in plans]
        self._chances: FloatArray = np.array([requotes, trades])
        self._schedule = generator_for(seed, *schedule)
        self._due = np.empty((0, 2, len(plans)), dtype=bool)
        self._next_due = 0
        self._books = [self._make(plan, seed, pace.levels) for plan in plans]

    def open(self, prices: FloatArray, now_ms: int) -> None:
        """Quote every book for the first time, around its price; nothing is told of it."""
        self._now_ms = now_ms
        for book, mid in zip(self._books, (prices / self._ticks).tolist(), strict=True):
            book.maker.requote(mid)
            book.listing.book.take_delta()

    def step(self, prices: FloatArray, now_ms: int) -> None:
        """Requote the books that are due around their prices, and trade those whose takers come."""
        self._now_ms = now_ms
        mids: FloatArray = prices / self._ticks
        requoted, traded = self._draw_due()
        requoted = requoted | self._change_conditions()
        for number in np.flatnonzero(requoted | traded).tolist():
            book = self._books[number]
            if book.listing.is_halted:
                continue
            if requoted[number]:
                book.maker.requote(float(mids[number]))
            if traded[number]:
                self._trade(book)
            book.listing.publish_depth(now_ms)

    def close(self, now_ms: int) -> None:
        """Have the makers leave for good."""
        for book in self._books:
            book.maker.leave()
            book.listing.publish_depth(now_ms)

    def _change_conditions(self) -> BoolArray:
        """Have makers withdraw what they would no longer quote; returns which books they have to quote anew."""
        depth, spread = self._quoted_under
        levers = self._levers
        self._quoted_under = (levers.depth, levers.spread)
        changed: BoolArray = ((depth != levers.depth) | (spread != levers.spread))[self.columns]
        for number in np.flatnonzero(changed).tolist():
            column = self.columns[number]
            self._books[number].maker.quote_under(float(levers.depth[column]), float(levers.spread[column]))
        return changed

    def _draw_due(self) -> BoolArray:
        if self._next_due == len(self._due):
            self._due = self._schedule.random((DRAWN_STEPS, *self._chances.shape)) < self._chances
            self._next_due = 0
        due: BoolArray = self._due[self._next_due]
        self._next_due += 1
        return due

    def _trade(self, book: MadeBook) -> None:
        draws, side = book.draws, Side.BUY if book.draws.uniform() < 0.5 else Side.SELL
        best = book.listing.book.side(side.opposite).best
        if best is None:
            return
        multiple = min(-math.log(1.0 - draws.uniform()), MAX_TRADE_MULTIPLE)
        lots = max(1, round(book.usual_trade_lots * multiple))
        self._sweep(book.listing, side, lots, best + side.sign * book.reach_ticks, self._now_ms)

    def _make(self, plan: BookPlan, seed: int, levels: int) -> MadeBook:
        listing, profile, price = plan.listing, plan.profile, plan.price
        name = (listing.instrument.market, listing.instrument.symbol)
        ladder = Ladder(profile, price, levels)
        usual_usd = profile.volume_24h_usd / DAY_S / profile.trades_per_s

        def take(side: Side, lots: int, limit_ticks: int) -> int:
            return self._sweep(listing, side, lots, limit_ticks, self._now_ms)

        return MadeBook(
            listing,
            MarketMaker(listing.book, ladder, DrawBuffer(generator_for(seed, "maker", *name)), take),
            DrawBuffer(generator_for(seed, "taker", *name), block=64),
            usual_trade_lots=usual_usd / (price * listing.step),
            reach_ticks=max(1, round(SWEEP_REACH_BPS * 1e-4 * price / ladder.tick)),
        )
