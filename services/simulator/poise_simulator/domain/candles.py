"""Candles of one book: history before start, live minutes, and any coarser interval from both."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
WEEK_OFFSET_MS = 4 * DAY_MS
"""The epoch was a Thursday; weeks start on Mondays."""
KEPT_MINUTES = 2_880

OPEN_TIME, OPEN, HIGH, LOW, CLOSE, VOLUME, QUOTE_VOLUME, TRADES, TAKER_VOLUME, TAKER_QUOTE_VOLUME = range(10)
COLUMNS = 10


class PastRows(NamedTuple):
    """Rows before start, oldest first: whole hours, then minutes up to the start's minute."""

    hours: FloatArray
    minutes: FloatArray


class DaySummary(NamedTuple):
    """Statistics of the last 24 h; prices in quote units."""

    open_time_ms: int
    open: float
    high: float
    low: float
    volume: float
    quote_volume: float
    trade_count: int


class CandleSeries:
    """Minute candles from trades, with the past made when first asked for."""

    def __init__(self, start_ms: int, start_price: float, past: Callable[[], PastRows]) -> None:
        """Open the first candle in the minute of `start_ms`."""
        self._past = past
        self._is_past_loaded = False
        self._hours: FloatArray = np.empty((0, COLUMNS))
        self._minutes: FloatArray = np.empty((0, COLUMNS))
        self._closed: list[list[float]] = []
        self._current = _flat_row(start_ms // MINUTE_MS * MINUTE_MS, start_price)
        self._day_of_minute: tuple[float, FloatArray] | None = None

    @property
    def last_price(self) -> float:
        """Close of the running candle."""
        return self._current[CLOSE]

    def roll(self, now_ms: int) -> None:
        """Close minutes that have passed; without trades they are flat."""
        while self._current[OPEN_TIME] + MINUTE_MS <= now_ms:
            self._closed.append(self._current)
            self._current = _flat_row(self._current[OPEN_TIME] + MINUTE_MS, self._current[CLOSE])
        if len(self._closed) > KEPT_MINUTES:
            self._compact()

    def add(self, now_ms: int, price: float, quantity: float, *, buyer_is_maker: bool) -> None:
        """Count one trade."""
        if self._current[OPEN_TIME] + MINUTE_MS <= now_ms:
            self.roll(now_ms)
        row = self._current
        quote = price * quantity
        if row[TRADES] == 0:
            row[OPEN] = row[HIGH] = row[LOW] = price
        row[HIGH] = max(row[HIGH], price)
        row[LOW] = min(row[LOW], price)
        row[CLOSE] = price
        row[VOLUME] += quantity
        row[QUOTE_VOLUME] += quote
        row[TRADES] += 1
        if not buyer_is_maker:
            row[TAKER_VOLUME] += quantity
            row[TAKER_QUOTE_VOLUME] += quote

    def rows(self, interval_ms: int, start_ms: int | None, end_ms: int | None, limit: int) -> FloatArray:
        """Aggregate to an interval of whole minutes: the first `limit` from `start_ms`, else the last.

        Both times bound candle opens, inclusively. Returns (n, 10), oldest first.
        """
        offset = WEEK_OFFSET_MS if interval_ms % WEEK_MS == 0 else 0
        last_open = _floor(self._current[OPEN_TIME], interval_ms, offset)
        if end_ms is not None:
            last_open = min(last_open, _floor(end_ms, interval_ms, offset))
        if start_ms is None:
            first_open = last_open - (limit - 1) * interval_ms
        else:
            first_open = -_floor(-start_ms, interval_ms, -offset)
            last_open = min(last_open, first_open + (limit - 1) * interval_ms)
        if last_open < first_open:
            return np.empty((0, COLUMNS))
        pieces = self._pieces(first_open, last_open + interval_ms, is_hourly=interval_ms % HOUR_MS == 0)
        return _aggregate(pieces, interval_ms, offset)

    def day(self, now_ms: int) -> DaySummary:
        """Summarise the last 24 h, to the minute."""
        since = now_ms - DAY_MS
        minute = self._current[OPEN_TIME]
        if self._day_of_minute is None or self._day_of_minute[0] != minute:
            closed = self._pieces(-_floor(-since, MINUTE_MS, 0), minute, is_hourly=False)
            summary = _combine(closed) if len(closed) else np.array(_flat_row(minute, self._current[OPEN]))
            self._day_of_minute = (minute, summary)
        row = _combine(np.array([self._day_of_minute[1], self._current]))
        return DaySummary(since, row[OPEN], row[HIGH], row[LOW], row[VOLUME], row[QUOTE_VOLUME], int(row[TRADES]))

    def _pieces(self, from_ms: float, until_ms: float, *, is_hourly: bool) -> FloatArray:
        live_from = self._closed[0][OPEN_TIME] if self._closed else self._current[OPEN_TIME]
        if from_ms < live_from:
            self._load_past()
        parts = []
        if is_hourly:
            parts.append(_between(self._hours, from_ms, until_ms))
        parts.append(_between(self._minutes, from_ms, until_ms))
        if self._closed:
            skipped = max(0, int((from_ms - live_from) // MINUTE_MS))
            taken = max(0, int((until_ms - live_from) // MINUTE_MS))
            parts.append(np.array(self._closed[skipped:taken]).reshape(-1, COLUMNS))
        if from_ms <= self._current[OPEN_TIME] < until_ms:
            parts.append(np.array([self._current]))
        return np.concatenate(parts)

    def _load_past(self) -> None:
        if not self._is_past_loaded:
            self._hours, self._minutes = self._past()
            self._is_past_loaded = True

    def _compact(self) -> None:
        """Move live minutes into the arrays, and minutes older than kept into hours."""
        self._load_past()
        minutes = np.concatenate([self._minutes, np.array(self._closed)])
        self._closed = []
        keep_from = _floor(minutes[-1, OPEN_TIME] - KEPT_MINUTES * MINUTE_MS, HOUR_MS, 0)
        split = int(np.searchsorted(minutes[:, OPEN_TIME], keep_from))
        if split:
            self._hours = np.concatenate([self._hours, _aggregate(minutes[:split], HOUR_MS, 0)])
        self._minutes = minutes[split:]


def _flat_row(open_time_ms: float, price: float) -> list[float]:
    return [float(open_time_ms), price, price, price, price, 0.0, 0.0, 0.0, 0.0, 0.0]


def _floor(time_ms: float, interval_ms: int, offset_ms: int) -> int:
    return int((time_ms - offset_ms) // interval_ms * interval_ms + offset_ms)


def _between(rows: FloatArray, from_ms: float, until_ms: float) -> FloatArray:
    first, last = np.searchsorted(rows[:, OPEN_TIME], (from_ms, until_ms))
    return rows[first:last]


def _aggregate(rows: FloatArray, interval_ms: int, offset_ms: int) -> FloatArray:
    if len(rows) == 0 or interval_ms == MINUTE_MS:
        return rows
    opens = (rows[:, OPEN_TIME] - offset_ms) // interval_ms * interval_ms + offset_ms
    firsts = np.flatnonzero(np.concatenate(([True], opens[1:] != opens[:-1])))
    lasts = np.concatenate((firsts[1:], [len(rows)])) - 1
    out = np.empty((len(firsts), COLUMNS))
    out[:, OPEN_TIME] = opens[firsts]
    out[:, OPEN] = rows[firsts, OPEN]
    out[:, HIGH] = np.maximum.reduceat(rows[:, HIGH], firsts)
    out[:, LOW] = np.minimum.reduceat(rows[:, LOW], firsts)
    out[:, CLOSE] = rows[lasts, CLOSE]
    out[:, VOLUME:] = np.add.reduceat(rows[:, VOLUME:], firsts, axis=0)
    return out


def _combine(rows: FloatArray) -> FloatArray:
    out = np.empty(COLUMNS)
    out[OPEN_TIME], out[OPEN], out[CLOSE] = rows[0, OPEN_TIME], rows[0, OPEN], rows[-1, CLOSE]
    out[HIGH], out[LOW] = rows[:, HIGH].max(), rows[:, LOW].min()
    out[VOLUME:] = rows[:, VOLUME:].sum(axis=0)
    return out
