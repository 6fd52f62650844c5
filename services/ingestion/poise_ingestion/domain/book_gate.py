"""The gate that no crossed, empty, unordered or backwards book passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from math import isfinite

from poise_common.contracts.market_data import OrderBook
from poise_common.domain.instruments import InstrumentId
from poise_common.domain.order_books import Level, is_crossed


class BookFault(StrEnum):
    """Why a book is not published."""

    EMPTY = "empty"
    CROSSED = "crossed"
    UNORDERED = "unordered"
    NOT_A_QUANTITY = "not_a_quantity"
    BACKWARDS = "backwards"
    REPEATED = "repeated"


@dataclass(slots=True)
class _LastPublished:
    sequence: int
    venue_time: datetime


class BookGate:
    """Remember what was published of each instrument, and say what is wrong with what comes next."""

    def __init__(self) -> None:
        self._last: dict[InstrumentId, _LastPublished] = {}

    def fault_of(self, book: OrderBook) -> BookFault | None:
        """Return why a book must not be published; None where it may, and then it counts as published."""
        instrument = InstrumentId(book.venue, book.symbol)
        last = self._last.get(instrument)
        if last is not None and book.sequence == last.sequence:
            return BookFault.REPEATED
        if last is not None and (book.sequence < last.sequence or book.venue_time < last.venue_time):
            return BookFault.BACKWARDS
        fault = _content_fault(book.bids, book.asks)
        if fault is None:
            self._last[instrument] = _LastPublished(book.sequence, book.venue_time)
        return fault

    def forget(self, instrument: InstrumentId) -> None:
        """Start over with an instrument: a venue counts anew after an outage."""
        self._last.pop(instrument, None)


def _content_fault(bids: Sequence[Level], asks: Sequence[Level]) -> BookFault | None:
    if not bids or not asks:
        return BookFault.EMPTY
    if any(
        not (isfinite(level[0]) and isfinite(level[1]) and level[0] > 0 and level[1] > 0) for level in (*bids, *asks)
    ):
        return BookFault.NOT_A_QUANTITY
    if is_crossed(bids, asks):
        return BookFault.CROSSED
    if not (_descends(bids) and _descends(asks[::-1])):
        return BookFault.UNORDERED
    return None


def _descends(levels: Sequence[Level]) -> bool:
    return all(better[0] > worse[0] for better, worse in pairwise(levels))
