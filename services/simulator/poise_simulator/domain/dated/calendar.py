"""When contracts expire: the last Friday of each quarter at 08:00 UTC, as the venue has it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from poise_simulator.domain.dated.terms import DAY_MS, DatedTerms, Term

DELIVERY_HOUR = 8
FRIDAY = 4
QUARTERS_LISTED = 2
"""A contract is listed two quarters before it expires, when the one before last is delivered."""


def quarter_end_ms(year: int, quarter: int) -> int:
    """Return the delivery time of a quarter, 0 to 3; quarters beyond belong to other years."""
    year, quarter = year + quarter // 4, quarter % 4
    first_after = datetime(year + (quarter == 3), (3 * quarter + 3) % 12 + 1, 1, DELIVERY_HOUR, tzinfo=UTC)
    last_day = first_after - timedelta(days=1)
    friday = last_day - timedelta(days=(last_day.weekday() - FRIDAY) % 7)
    return int(friday.timestamp() * 1_000)


def date_code(expires_ms: int) -> str:
    """Return the date in a contract's name, such as 261225."""
    return datetime.fromtimestamp(expires_ms / 1_000, UTC).strftime("%y%m%d")


class Calendar:
    """The terms a venue lists one after another."""

    def __init__(self, terms: DatedTerms, start_ms: int) -> None:
        """Place the contract that expires first, if there is one beside the quarters', on a whole second."""
        self._terms = terms
        self._first: Term | None = None
        if terms.first_expiry_s is not None:
            life_ms = terms.first_expiry_s * 1_000
            expires_ms = -(-(start_ms + life_ms) // 1_000) * 1_000
            pace = terms.first_priced_as_days * DAY_MS / (expires_ms - start_ms)
            window_s = max(1, min(terms.delivery_window_s, terms.first_expiry_s // 10))
            self._first = Term(start_ms, expires_ms, window_s, pace, terms.first_priced_as_days)

    def listed_at(self, time_ms: int) -> list[Term]:
        """Return the terms of all contracts that trade at a time, nearest expiry first."""
        first = self._first if self._first is not None and self._first.expires_ms > time_ms else None
        taken = {date_code(self._first.expires_ms)} if self._first is not None else set()
        every = _quarters(time_ms, self._terms.delivery_window_s)
        quarters = (term for term in every if date_code(term.expires_ms) not in taken)
        terms = list(islice(quarters, self._terms.contracts))
        return sorted([*terms, *([first] if first else [])], key=lambda term: term.expires_ms)


def _quarters(time_ms: int, window_s: int) -> Iterator[Term]:
    now = datetime.fromtimestamp(time_ms / 1_000, UTC)
    quarter = (now.month - 1) // 3
    while True:
        expires_ms = quarter_end_ms(now.year, quarter)
        if expires_ms > time_ms:
            yield Term(quarter_end_ms(now.year, quarter - QUARTERS_LISTED), expires_ms, window_s)
        quarter += 1
