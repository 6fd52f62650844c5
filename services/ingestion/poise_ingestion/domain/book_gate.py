"""The gate that no crossed, empty, unordered or backwards book passes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import inf

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
    fault = _side_fault(bids, descending=True) or _side_fault(asks, descending=False)
    if fault is not BookFault.NOT_A_QUANTITY and is_crossed(bids, asks):
        return BookFault.CROSSED
    return fault


def _side_fault(levels: Sequence[Level], *, descending: bool) -> BookFault | None:
    last = inf if descending else 0.0
    for price, quantity in levels:
        if not (0 < price < inf and 0 < quantity < inf):  # NaN fails every comparison
            return BookFault.NOT_A_QUANTITY
        if price >= last if descending else price <= last:
            return BookFault.UNORDERED
        last = price
    return None
