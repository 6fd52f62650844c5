"""The checksum over an order book, in the venue's own digits."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from poise_venues.okx.books import LevelTexts, checksum


def side(levels: list[list[str]]) -> list[list[float]]:
    return [[float(price), float(size)] for price, size, *_ in levels]


def texts_of(levels: list[list[str]]) -> list[str]:
    texts = LevelTexts()
    texts.take(levels)
    return texts.best(side(levels))


def test_sides_alternate_and_the_longer_goes_on_alone() -> None:
    """The venue's own example of what is summed."""
    assert checksum(["3366.1:7"], ["3366.8:9", "3368:8"]) == signed("3366.1:7:3366.8:9:3368:8")


def test_digits_are_the_venues_own() -> None:
    assert checksum(texts_of([["100.10", "1.0", "0", "1"]]), []) == signed("100.10:1.0")


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 3)), max_size=60))
def test_levels_that_went_are_forgotten_and_those_that_changed_have_their_last_size(
    deltas: list[tuple[int, int]],
) -> None:
    texts, book = LevelTexts(), dict[int, int]()
    for price, size in deltas:
        texts.take([[str(price), str(size), "0", "1"]])
        if size:
            book[price] = size
        else:
            book.pop(price, None)
    best = sorted(book.items())[:25]
    assert texts.best([[float(price), float(size)] for price, size in best]) == [f"{p}:{s}" for p, s in best]


def signed(text: str) -> int:
    unsigned = crc32(text.encode())
    return unsigned - 2**32 if unsigned >= 2**31 else unsigned
