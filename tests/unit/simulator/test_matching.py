"""The order book: priority, conservation, depth deltas."""

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.domain.matching import OrderBook, RestingOrder
from poise_simulator.domain.orders import Side

SIDES = st.sampled_from([Side.BUY, Side.SELL])
ADD = st.tuples(st.just("add"), SIDES, st.integers(95, 105), st.integers(1, 20))
CANCEL = st.tuples(st.just("cancel"), st.integers(0, 60))
SHRINK = st.tuples(st.just("shrink"), st.integers(0, 60), st.integers(1, 5))
ACTIONS = st.lists(st.one_of(ADD, ADD, CANCEL, SHRINK), max_size=60)


class ReferenceBook:
    """The rules, written the slow way: one list, sorted by price and arrival for every match."""

    def __init__(self) -> None:
        self.resting: list[list[Any]] = []
        self._arrival = 0

    def add(self, order_id: int, side: Side, ticks: int, lots: int) -> list[tuple[int, int, int]]:
        fills = []
        against = [o for o in self.resting if o[1] is side.opposite and (o[2] - ticks) * side.sign <= 0]
        for maker in sorted(against, key=lambda o: (o[2] * side.sign, o[4])):
            taken = min(lots, maker[3])
            if taken:
                fills.append((maker[0], maker[2], taken))
                maker[3] -= taken
                lots -= taken
        self.resting = [o for o in self.resting if o[3]]
        if lots:
            self._arrival += 1
            self.resting.append([order_id, side, ticks, lots, self._arrival])
        return fills

    def shrink(self, order_id: int, lots: int) -> None:
        for maker in self.resting:
            if maker[0] == order_id:
                maker[3] -= lots
        self.resting = [o for o in self.resting if o[3]]

    def levels(self, side: Side) -> dict[int, int]:
        totals: dict[int, int] = {}
        for _, own_side, ticks, lots, _ in self.resting:
            if own_side is side:
                totals[ticks] = totals.get(ticks, 0) + lots
        return totals


def run(actions: list[tuple[Any, ...]]) -> list[tuple[OrderBook, ReferenceBook, list[Any], list[Any]]]:
    """Apply actions to both books; returns the state after each with its fills."""
    book, reference, states = OrderBook(), ReferenceBook(), []
    for number, (kind, *details) in enumerate(actions):
        fills: list[Any] = []
        expected: list[Any] = []
        if kind == "add":
            side, ticks, lots = details
            fills = [(m.maker.order_id, m.ticks, m.lots) for m in book.match(side, lots, ticks)]
            left = lots - sum(fill[2] for fill in fills)
            if left:
                book.rest(RestingOrder(number, 1, side, ticks, left))
            expected = reference.add(number, side, ticks, lots)
        else:
            order = book.resting(details[0])
            if order is not None:
                lots = order.lots if kind == "cancel" else min(details[1], order.lots)
                book.reduce(order, lots)
                reference.shrink(details[0], lots)
        states.append((book, reference, fills, expected))
    return states


@given(ACTIONS)
def test_the_book_fills_exactly_as_sorting_all_orders_by_price_and_arrival_would(
    actions: list[tuple[Any, ...]],
) -> None:
    book, reference = OrderBook(), ReferenceBook()
    for book, reference, fills, expected in run(actions):  # noqa: B007 - the last state is looked at below
        assert fills == expected
    assert dict(book.bids.levels()) == reference.levels(Side.BUY)
    assert dict(book.asks.levels()) == reference.levels(Side.SELL)


@given(ACTIONS)
def test_the_book_is_never_crossed(actions: list[tuple[Any, ...]]) -> None:
    book = OrderBook()
    for number, (kind, *details) in enumerate(actions):
        if kind == "add":
            side, ticks, lots = details
            left = lots - sum(match.lots for match in book.match(side, lots, ticks))
            if left:
                book.rest(RestingOrder(number, 1, side, ticks, left))
        bid, ask = book.bids.best, book.asks.best
        assert bid is None or ask is None or bid < ask


@given(ACTIONS, st.integers(1, 7))
def test_deltas_applied_to_a_snapshot_give_the_book(actions: list[tuple[Any, ...]], every: int) -> None:
    book = OrderBook(last_update_id=500)
    copy: dict[Side, dict[int, int]] = {Side.BUY: {}, Side.SELL: {}}
    seen_id = book.last_update_id
    for number, (kind, *details) in enumerate([*actions, ("flush",)]):
        if kind == "add":
            side, ticks, lots = details
            left = lots - sum(match.lots for match in book.match(side, lots, ticks))
            if left:
                book.rest(RestingOrder(number, 1, side, ticks, left))
        elif kind == "cancel" and (order := book.resting(details[0])) is not None:
            book.cancel(order)
        if number % every and kind != "flush":
            continue
        delta = book.take_delta()
        if delta is None:
            continue
        assert delta.previous_final_update_id == seen_id
        assert delta.first_update_id == seen_id + 1
        assert delta.final_update_id >= delta.first_update_id
        seen_id = delta.final_update_id
        for side, levels in ((Side.BUY, delta.bids), (Side.SELL, delta.asks)):
            for ticks, lots in levels:
                copy[side].pop(ticks, None)
                if lots:
                    copy[side][ticks] = lots
    assert copy[Side.BUY] == dict(book.bids.levels())
    assert copy[Side.SELL] == dict(book.asks.levels())
    assert book.last_update_id == seen_id


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(1, 60))
def test_one_price_is_a_queue_that_is_served_in_order(sizes: list[int], wanted: int) -> None:
    book = OrderBook()
    for number, lots in enumerate(sizes):
        book.rest(RestingOrder(number, 1, Side.SELL, 100, lots))
    expected, queue, left = [], deque(enumerate(sizes)), wanted
    while queue and left:
        number, lots = queue.popleft()
        expected.append((number, min(lots, left)))
        left -= min(lots, left)
    fills = [(match.maker.order_id, match.lots) for match in book.match(Side.BUY, wanted, 100)]
    assert fills == expected


@given(ACTIONS, SIDES, st.integers(95, 105), st.integers(1, 100))
def test_available_lots_are_what_a_match_then_takes(
    actions: list[tuple[Any, ...]], side: Side, limit: int, wanted: int
) -> None:
    states = run(actions)
    book = states[-1][0] if states else OrderBook()
    promised = book.available_lots(side, limit, wanted)
    assert promised == sum(match.lots for match in book.match(side, wanted, limit))


def test_less_keeps_the_place_in_the_queue() -> None:
    book = OrderBook()
    first, second = RestingOrder(1, 1, Side.BUY, 100, 10), RestingOrder(2, 2, Side.BUY, 100, 10)
    book.rest(first)
    book.rest(second)
    book.reduce(first, 6)
    fills = [(match.maker.order_id, match.lots) for match in book.match(Side.SELL, 7, None)]
    assert fills == [(1, 4), (2, 3)]


def test_an_order_canceled_between_two_matches_is_not_filled() -> None:
    book = OrderBook()
    doomed = RestingOrder(2, 1, Side.SELL, 100, 5)
    book.rest(RestingOrder(1, 1, Side.SELL, 100, 5))
    book.rest(doomed)
    book.rest(RestingOrder(3, 1, Side.SELL, 101, 5))
    matches = book.match(Side.BUY, 8, None)
    first = next(matches)
    book.cancel(doomed)
    assert [first.maker.order_id, *(match.maker.order_id for match in matches)] == [1, 3]


def test_resting_a_crossing_order_is_a_fault_of_the_caller() -> None:
    book = OrderBook()
    book.rest(RestingOrder(1, 1, Side.SELL, 100, 5))
    with pytest.raises(AssertionError, match="would cross"):
        book.rest(RestingOrder(2, 1, Side.BUY, 100, 5))
