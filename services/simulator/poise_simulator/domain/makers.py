"""Synthetic market makers: ladders of quotes around a moving mid, in the same book as everyone."""

import math
from collections.abc import Callable

from poise_simulator.domain.assets import MarketProfile
from poise_simulator.domain.matching import MAKERS, OrderBook, RestingOrder
from poise_simulator.domain.orders import Side
from poise_simulator.domain.randomness import DrawBuffer

INNER_LEVELS = 9
INNER_GAP_BPS = 0.4
REACH_BPS = 125.0
INNER_DEPTH_SHARE = 0.15
"""Share of the depth within 1 % that the touch and the inner levels hold."""
SIZE_SPREAD = 0.3
"""Standard deviation of a level's log size."""
RESIZED_INNER = 2
RESIZED_OUTER = 1

Take = Callable[[Side, int, int], int]
"""Trade (side, lots, limit ticks) against the book; returns the lots left."""


class Ladder:
    """Where quotes stand and how large they are, in ticks and lots, for one book.

    From the touch outwards: the touch, inner levels on a fine grid, outer levels on a coarse one. Grids
    are absolute, so that a moving mid adds and removes levels at the edges and leaves the rest alone.
    """

    def __init__(self, profile: MarketProfile, price: float, levels: int) -> None:
        """Lay the grids for prices around `price`."""
        self.tick = float(profile.tick_size)
        step = float(profile.step_size)
        bps = price * 1e-4 / self.tick
        self.spread_ticks = max(1, round(profile.spread_bps * bps))
        self._inner_count = min(INNER_LEVELS, levels - 2)
        self._outer_count = levels - 1 - self._inner_count
        self._inner_gap = max(1, round(INNER_GAP_BPS * bps))
        inner_reach = self._inner_gap * self._inner_count
        outer_span = max(REACH_BPS * bps - inner_reach, self._outer_count)
        self._outer_gap = max(1, round(outer_span / self._outer_count))
        outer_within_depth = (100.0 * bps - inner_reach - self.spread_ticks / 2) / self._outer_gap
        lots_per_usd = 1.0 / (price * step)
        inner_usd = profile.depth_usd * INNER_DEPTH_SHARE / (self._inner_count + 1)
        outer_usd = profile.depth_usd * (1.0 - INNER_DEPTH_SHARE) / max(1.0, outer_within_depth)
        self.inner_lots = inner_usd * lots_per_usd
        self.outer_lots = outer_usd * lots_per_usd

    def below(self, best: int) -> tuple[range, range]:
        """List inner and outer bid prices under a touch (asks: negate prices)."""
        inner_from = (best - 1) // self._inner_gap * self._inner_gap
        inner = range(inner_from, inner_from - self._inner_gap * self._inner_count, -self._inner_gap)
        outer_from = (inner[-1] - 1) // self._outer_gap * self._outer_gap
        outer = range(outer_from, outer_from - self._outer_gap * self._outer_count, -self._outer_gap)
        return inner, outer


class MarketMaker:
    """Keeps one book quoted. Its orders have negative ids, which no account's order has."""

    def __init__(self, book: OrderBook, ladder: Ladder, draws: DrawBuffer, take: Take) -> None:
        """Quote nothing yet."""
        self._book = book
        self._ladder = ladder
        self._draws = draws
        self._take = take
        self._next_id = -1
        self._sides = (_Quotes(Side.BUY, 1), _Quotes(Side.SELL, -1))
        self._depth = 1.0
        self._spread_ticks = ladder.spread_ticks

    def quote_under(self, depth: float, spread: float) -> None:
        """Quote from now on multiples of the ladder's sizes and spread; what stands in the book is withdrawn."""
        self._depth = depth
        self._spread_ticks = max(1, round(self._ladder.spread_ticks * spread))
        self.leave()

    def leave(self) -> None:
        """Withdraw every quote."""
        for quotes in self._sides:
            quotes.forget_filled()
            for order in quotes.orders.values():
                self._book.cancel(order)
            quotes.orders.clear()

    def requote(self, mid_ticks: float) -> None:
        """Move the quotes to a mid price: withdraw what is off the ladder, fill its gaps, resize a few.

        Where a new quote crosses an account's resting order, it trades with it.
        """
        spread = self._spread_ticks
        best_bid = math.floor(mid_ticks - (spread - 1) / 2)
        best_ask = best_bid + spread
        bids, asks = self._sides
        self._withdraw(bids, best_bid)
        self._withdraw(asks, -best_ask)
        self._replenish(bids)
        self._replenish(asks)

    def _withdraw(self, quotes: "_Quotes", best: int) -> None:
        """Aim a side at a touch (in its own sign) and cancel quotes the ladder no longer has."""
        quotes.forget_filled()
        if best == quotes.best:
            return
        inner, outer = self._ladder.below(best)
        quotes.best = best
        quotes.inner = (best, *inner)
        quotes.outer = tuple(outer)
        for ticks in quotes.orders.keys() - {*quotes.inner, *quotes.outer}:
            self._book.cancel(quotes.orders.pop(ticks))

    def _replenish(self, quotes: "_Quotes") -> None:
        ladder, orders, draws = self._ladder, quotes.orders, self._draws
        for prices, usual, resized in (
            (quotes.inner, ladder.inner_lots * self._depth, RESIZED_INNER),
            (quotes.outer, ladder.outer_lots * self._depth, RESIZED_OUTER),
        ):
            for ticks in [ticks for ticks in prices if ticks not in orders]:
                self._place(quotes, ticks, self._draw_lots(usual))
            for _ in range(resized):
                ticks = prices[int(draws.uniform() * len(prices))]
                self._place(quotes, ticks, self._draw_lots(usual))

    def _draw_lots(self, usual: float) -> int:
        return max(1, round(usual * math.exp(SIZE_SPREAD * self._draws.normal() - 0.5 * SIZE_SPREAD**2)))

    def _place(self, quotes: "_Quotes", own_ticks: int, lots: int) -> None:
        """Bring the quote at a price to a size: less keeps its place, more goes to the back."""
        book, ticks = self._book, own_ticks * quotes.sign
        order = quotes.orders.get(own_ticks)
        if order is not None:
            if lots < order.lots:
                book.reduce(order, order.lots - lots)
            if lots <= order.lots:
                return
            book.cancel(order)
            del quotes.orders[own_ticks]
        if book.would_take(quotes.side, ticks):
            lots = self._take(quotes.side, lots, ticks)
            if lots == 0:
                return
        order = RestingOrder(self._next_id, MAKERS, quotes.side, ticks, lots)
        self._next_id -= 1
        book.rest(order)
        quotes.orders[own_ticks] = order


class _Quotes:
    """One side's quotes, by price in the side's own sign, so that both sides read as bids."""

    __slots__ = ("best", "inner", "orders", "outer", "side", "sign")

    def __init__(self, side: Side, sign: int) -> None:
        self.side = side
        self.sign = sign
        self.best: int | None = None
        self.inner: tuple[int, ...] = ()
        self.outer: tuple[int, ...] = ()
        self.orders: dict[int, RestingOrder] = {}

    def forget_filled(self) -> None:
        """Drop quotes that were filled: trades take the touch first, so they lie before the first left."""
        for ticks in (*self.inner, *self.outer):
            order = self.orders.get(ticks)
            if order is None:
                continue
            if order.lots:
                return
            del self.orders[ticks]
