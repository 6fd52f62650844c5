from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingestion.desk import NOON, VENUE, Desk, book, published, scanned

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.instruments import InstrumentId
from poise_common.domain.order_books import Level
from poise_ingestion.domain.book_gate import BookFault, BookGate
from poise_ingestion.domain.observations import FeedInterrupted

prices = st.floats(min_value=0.01, max_value=1e6, allow_nan=False)
sides = st.lists(st.tuples(prices, st.floats(min_value=-1, max_value=1e6, allow_nan=False)), max_size=6)


@given(st.lists(st.tuples(sides, sides, st.integers(0, 20), st.integers(-5, 20)), max_size=30))
def test_whatever_comes_what_passes_is_uncrossed_ordered_and_goes_forward(
    raw_books: list[tuple[list[tuple[float, float]], list[tuple[float, float]], int, int]],
) -> None:
    gate = BookGate()
    passed: list[OrderBook] = []
    for bids, asks, sequence, seconds in raw_books:
        candidate = book("BTC/USDT", sequence, NOON + timedelta(seconds=seconds)).model_copy(
            update={"bids": tuple(Level(*level) for level in bids), "asks": tuple(Level(*level) for level in asks)}
        )
        if gate.fault_of(candidate) is None:
            passed.append(candidate)
    for one in passed:
        assert one.bids
        assert one.asks
        assert one.bids[0].price < one.asks[0].price
        assert [level.price for level in one.bids] == sorted({level.price for level in one.bids}, reverse=True)
        assert [level.price for level in one.asks] == sorted({level.price for level in one.asks})
        assert all(level.quantity > 0 for level in (*one.bids, *one.asks))
    assert [one.sequence for one in passed] == sorted({one.sequence for one in passed})
    assert [one.venue_time for one in passed] == sorted(one.venue_time for one in passed)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=40, unique=True))
def test_good_books_in_order_all_pass(sequences: list[int]) -> None:
    gate = BookGate()
    for sequence in sorted(sequences):
        assert gate.fault_of(book("BTC/USDT", sequence, NOON + timedelta(seconds=sequence))) is None


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"bids": ()}, BookFault.EMPTY),
        ({"asks": ()}, BookFault.EMPTY),
        ({"bids": (Level(100.1, 1.0),)}, BookFault.CROSSED),
        ({"bids": (Level(100.5, 1.0),)}, BookFault.CROSSED),
        ({"bids": (Level(99.0, 1.0), Level(100.0, 1.0))}, BookFault.UNORDERED),
        ({"asks": (Level(100.2, 1.0), Level(100.2, 2.0))}, BookFault.UNORDERED),
        ({"asks": (Level(100.2, 0.0),)}, BookFault.NOT_A_QUANTITY),
        ({"asks": (Level(100.2, float("inf")),)}, BookFault.NOT_A_QUANTITY),
        ({"sequence": 5}, BookFault.REPEATED),
        ({"sequence": 4}, BookFault.BACKWARDS),
        ({"venue_time": NOON - timedelta(milliseconds=1)}, BookFault.BACKWARDS),
    ],
)
def test_each_fault_is_named(changes: dict[str, object], fault: BookFault) -> None:
    gate = BookGate()
    assert gate.fault_of(book("BTC/USDT", 5, NOON)) is None
    assert gate.fault_of(book("BTC/USDT", 6, NOON).model_copy(update=changes)) is fault


def test_one_instruments_numbering_says_nothing_of_anothers() -> None:
    gate = BookGate()
    assert gate.fault_of(book("BTC/USDT", 9, NOON)) is None
    assert gate.fault_of(book("ETH/USDT", 3, NOON)) is None


def test_a_forgotten_instrument_may_count_anew() -> None:
    gate = BookGate()
    gate.fault_of(book("BTC/USDT", 9, NOON))
    gate.forget(InstrumentId(VENUE, "BTC/USDT"))
    assert gate.fault_of(book("BTC/USDT", 1, NOON)) is None


def test_a_book_that_passes_is_published_with_the_time_it_was_received_and_handled() -> None:
    desk = Desk().following(scanned("BTC"))
    (out,) = published(desk.tell(book("BTC/USDT", 1, NOON)), OrderBook)
    assert [hop.stage for hop in out.hops] == ["received", "ingestion"]


def test_a_crossed_book_is_never_published() -> None:
    desk = Desk().following(scanned("BTC"))
    assert not published(desk.tell(book("BTC/USDT", 1, NOON, bid=101.0, ask=100.0)), OrderBook)


def test_a_book_of_an_instrument_that_is_not_followed_is_not_published() -> None:
    desk = Desk().following(scanned("BTC"))
    assert not published(desk.tell(book("ETH/USDT", 1, NOON)), OrderBook)


def test_after_an_interruption_the_venue_may_number_its_books_anew() -> None:
    desk = Desk().following(scanned("BTC"))
    assert published(desk.tell(book("BTC/USDT", 900, NOON)), OrderBook)
    assert not published(desk.tell(book("BTC/USDT", 3, NOON)), OrderBook)
    desk.say(FeedInterrupted, venue=VENUE, symbol="BTC/USDT")
    assert published(desk.tell(book("BTC/USDT", 3, NOON)), OrderBook)
