"""OKX's checksum over a book, and the changes between two books."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from poise_simulator.okx.book_levels import changes, checksum

PRICES = st.integers(min_value=1, max_value=400).map(lambda ticks: f"{ticks / 10:g}")
SIDES = st.dictionaries(PRICES, st.integers(min_value=1, max_value=99).map(str), max_size=60)


def _signed(text: str) -> int:
    """The venue's checksum of a text, as its documentation has it: CRC32 as a signed 32-bit number."""
    return int.from_bytes(zlib.crc32(text.encode()).to_bytes(4, "big"), "big", signed=True)


def test_bids_and_asks_take_turns_in_the_checked_text() -> None:
    # The example of the venue's documentation with two levels a side.
    bids, asks = [("3366.1", "7"), ("3366", "6")], [("3366.8", "9"), ("3368", "8")]
    assert checksum(bids, asks) == _signed("3366.1:7:3366.8:9:3366:6:3368:8")


def test_what_one_side_has_more_of_follows_alone() -> None:
    # The example of the venue's documentation with one bid and three asks.
    asks = [("3366.8", "9"), ("3368", "8"), ("3372", "8")]
    assert checksum([("3366.1", "7")], asks) == _signed("3366.1:7:3366.8:9:3368:8:3372:8")


def test_levels_beyond_the_25th_do_not_count() -> None:
    bids = [(str(1_000 - depth), "1") for depth in range(40)]
    asks = [(str(1_001 + depth), "1") for depth in range(40)]
    assert checksum(bids, asks) == checksum(bids[:25], asks[:25])
    assert checksum(bids, asks) != checksum(bids[:24], asks[:25])


def test_a_checksum_is_signed() -> None:
    assert checksum([], [("123456789", "")]) == _signed("123456789:")
    assert all(-(2**31) <= checksum([(str(price), "1")], []) < 2**31 for price in range(1, 300))
    assert any(checksum([(str(price), "1")], []) < 0 for price in range(1, 20))


@given(before=SIDES, after=SIDES)
def test_changes_turn_one_side_into_the_other(before: dict[str, str], after: dict[str, str]) -> None:
    side = dict(before)
    for price, size in changes(before, after, is_best_highest=True):
        if size == "0":
            del side[price]
        else:
            side[price] = size
    assert side == after


@given(before=SIDES, after=SIDES)
def test_what_has_not_changed_is_left_out_and_the_best_comes_first(
    before: dict[str, str], after: dict[str, str]
) -> None:
    changed = changes(before, after, is_best_highest=False)
    assert all(before.get(price, "0") != size for price, size in changed)
    prices = [float(price) for price, _ in changed]
    assert prices == sorted(prices)
