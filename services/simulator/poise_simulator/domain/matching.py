"""An order book with price-time priority, in integer ticks and lots."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from poise_simulator.domain.orders import Side

MAKERS = 0
"""Owner of the synthetic quotes; accounts have positive numbers."""


@dataclass(slots=True, eq=False)
class RestingOrder:
    """An order in the book; its place in the queue is its place in its level."""

    order_id: int
    owner: int
    side: Side
    ticks: int
    lots: int


class Match(NamedTuple):
    """One execution against a resting order, at the resting price."""

    maker: RestingOrder
    ticks: int
    lots: int


class DepthDelta(NamedTuple):
    """Levels changed since the last delta as (ticks, lots), best first; 0 lots means gone."""

    first_update_id: int
    final_update_id: int
    previous_final_update_id: int
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


class BookSide:
    """One side: levels by price, each a first-in first-out queue."""

    __slots__ = ("_is_bid", "changed", "prices", "queues", "totals")

    def __init__(self, side: Side) -> None:
        """Start empty."""
        self._is_bid = side is Side.BUY
        self.prices: list[int] = []
        self.queues: dict[int, dict[int, RestingOrder]] = {}
        self.totals: dict[int, int] = {}
        self.changed: set[int] = set()

    @property
    def best(self) -> int | None:
        """Best price in ticks; None when empty."""
        if not self.prices:
            return None
        return self.prices[-1] if self._is_bid else self.prices[0]

    def append(self, order: RestingOrder) -> None:
        """Queue an order last at its price."""
        ticks = order.ticks
        queue = self.queues.get(ticks)
        if queue is None:
            insort(self.prices, ticks)
            self.queues[ticks] = {order.order_id: order}
            self.totals[ticks] = order.lots
        else:
            queue[order.order_id] = order
            self.totals[ticks] += order.lots
        self.changed.add(ticks)

    def reduce(self, order: RestingOrder, lots: int) -> None:
        """Take lots off an order where it stands; an order with none left leaves."""
        ticks = order.ticks
        order.lots -= lots
        total = self.totals[ticks] - lots
        self.changed.add(ticks)
        if total == 0:
            del self.totals[ticks], self.queues[ticks]
            del self.prices[bisect_left(self.prices, ticks)]
            return
        self.totals[ticks] = total
        if order.lots == 0:
            del self.queues[ticks][order.order_id]

    def from_best(self) -> Iterator[int]:
        """Walk the prices, best first."""
        return reversed(self.prices) if self._is_bid else iter(self.prices)

    def levels(self, limit: int | None = None) -> list[tuple[int, int]]:
        """List (ticks, lots), best first."""
        prices = self.prices[::-1] if self._is_bid else self.prices
        totals = self.totals
        return [(ticks, totals[ticks]) for ticks in prices[:limit]]

    def take_changes(self) -> tuple[tuple[int, int], ...]:
        """List changed levels since the last call, best first."""
        if not self.changed:
            return ()
        totals = self.totals
        changes = tuple((ticks, totals.get(ticks, 0)) for ticks in sorted(self.changed, reverse=self._is_bid))
        self.changed.clear()
        return changes


class OrderBook:
    """Bids and asks of one instrument. Callers apply each match before they ask for the next."""

    __slots__ = ("_final_update_id", "_orders", "asks", "bids")

    def __init__(self, *, last_update_id: int = 0) -> None:
        """Start empty after an update id."""
        self.bids = BookSide(Side.BUY)
        self.asks = BookSide(Side.SELL)
        self._orders: dict[int, RestingOrder] = {}
        self._final_update_id = last_update_id

    def side(self, side: Side) -> BookSide:
        """Pick the resting side of buys or of sells."""
        return self.bids if side is Side.BUY else self.asks

    def resting(self, order_id: int) -> RestingOrder | None:
        """Find a resting order."""
        return self._orders.get(order_id)

    def would_take(self, side: Side, limit_ticks: int) -> bool:
        """Tell whether a limit order would trade at once."""
        if side is Side.BUY:
            return bool(self.asks.prices) and self.asks.prices[0] <= limit_ticks
        return bool(self.bids.prices) and self.bids.prices[-1] >= limit_ticks

    def available_lots(self, side: Side, limit_ticks: int | None, wanted: int) -> int:
        """Count lots an order could take within its limit, stopping at `wanted`."""
        against = self.side(side.opposite)
        found = 0
        for ticks in against.from_best():
            if found >= wanted or (limit_ticks is not None and not _crosses(side, limit_ticks, ticks)):
                break
            found += against.totals[ticks]
        return min(found, wanted)

    def match(self, side: Side, lots: int, limit_ticks: int | None) -> Iterator[Match]:
        """Trade up to `lots` against the other side, best price and oldest order first.

        The book is read anew for each match, so a caller may reduce or cancel orders in between.
        """
        against = self.side(side.opposite)
        while lots > 0:
            best = against.best
            if best is None or (limit_ticks is not None and not _crosses(side, limit_ticks, best)):
                return
            maker = next(iter(against.queues[best].values()))
            taken = min(lots, maker.lots)
            lots -= taken
            self.reduce(maker, taken)
            yield Match(maker, best, taken)

    def rest(self, order: RestingOrder) -> None:
        """Queue an order that takes nothing; a crossing one is a fault of the caller."""
        if self.would_take(order.side, order.ticks):
            raise AssertionError(f"order {order.order_id} at {order.ticks} would cross the book")
        self._orders[order.order_id] = order
        self.side(order.side).append(order)

    def reduce(self, order: RestingOrder, lots: int) -> None:
        """Take lots off a resting order; it keeps its place, or leaves when none are left."""
        self.side(order.side).reduce(order, lots)
        if order.lots == 0:
            del self._orders[order.order_id]

    def cancel(self, order: RestingOrder) -> None:
        """Take a resting order out."""
        self.reduce(order, order.lots)

    @property
    def last_update_id(self) -> int:
        """Update id that the book as last shown stands after."""
        return self._final_update_id

    def take_delta(self) -> DepthDelta | None:
        """Number and hand out all changes since the last delta; None without any."""
        bids = self.bids.take_changes()
        asks = self.asks.take_changes()
        count = len(bids) + len(asks)
        if count == 0:
            return None
        previous = self._final_update_id
        self._final_update_id = previous + count
        return DepthDelta(previous + 1, self._final_update_id, previous, bids, asks)


def _crosses(side: Side, limit_ticks: int, ticks: int) -> bool:
    return ticks <= limit_ticks if side is Side.BUY else ticks >= limit_ticks
