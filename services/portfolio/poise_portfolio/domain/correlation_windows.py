"""The correlation matrices the desk keeps: one rolling window each, fed by the candles of one market an asset."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import Any, NamedTuple

from poise_common.contracts.market_data import Candle, CandleClosed, CandleHistory, CandleInterval
from poise_common.domain.clock import to_ms
from poise_portfolio.domain.correlations import RollingCorrelations
from poise_portfolio.domain.markets import UnsupportedMarketError, market_of
from poise_portfolio.domain.parameters import Correlations, CorrelationWindow
from poise_portfolio.domain.records import CandleRow, CloseSeries

_CLOCK_TOLERANCE_MS = 5_000
"""A candle from further ahead than clocks differ would empty the window."""


class DueMatrix(NamedTuple):
    """A matrix to be published, by its fields; and stored, where it is its turn."""

    fields: dict[str, Any]
    is_to_be_stored: bool
    window: CorrelationWindow


@dataclass(slots=True)
class _Window:
    parameters: CorrelationWindow
    correlations: RollingCorrelations
    changed_at: datetime | None = None
    """When the first change came that is in no published matrix."""
    stored_at: datetime | None = None


class CorrelationWindows:
    """Feeds candles to the windows of their interval, keeps what is to be stored, says when a matrix is due.

    An asset's returns come from the first spot market whose candles are seen: two venues' closes in one series would
    make returns that nobody could have had.
    """

    def __init__(self, parameters: Correlations, closes: Iterable[CloseSeries]) -> None:
        self._parameters = parameters
        self._windows = {
            window.interval: _Window(window, RollingCorrelations(window.bars, window.min_points))
            for window in parameters.windows
        }
        self._sources: dict[str, tuple[str, str]] = {}
        self._to_store: deque[CandleRow] = deque()
        for series in closes:
            window = self._windows.get(series.interval)
            if window is not None and self._is_source(series.asset, series.venue, series.symbol):
                slots = _slots(series.opened_at_ms, series.interval)
                window.correlations.record_many(series.asset, slots, series.closes)

    def take_closed(self, message: CandleClosed, now: datetime) -> None:
        """Take one candle."""
        opened_at_ms = to_ms(message.opened_at)
        candle = Candle(opened_at_ms, message.open, message.high, message.low, message.close, message.volume)
        self._take(message, (candle,), now)

    def take_history(self, message: CandleHistory, now: datetime) -> None:
        """Take a backfill."""
        self._take(message, message.candles, now)

    def rows_to_store(self) -> tuple[CandleRow, ...]:
        """Take up to a flush's worth of candles that no row holds yet."""
        count = min(len(self._to_store), self._parameters.candle_rows_per_flush)
        return tuple(self._to_store.popleft() for _ in range(count))

    def due(self, now: datetime) -> list[DueMatrix]:
        """Return each matrix that is to be published now."""
        changed_before = now - timedelta(seconds=self._parameters.publish_delay_s)
        return [
            self._publish(window, now)
            for window in self._windows.values()
            if window.changed_at is not None and window.changed_at <= changed_before
        ]

    def _publish(self, window: _Window, now: datetime) -> DueMatrix:
        window.changed_at = None
        store_interval = timedelta(seconds=self._parameters.store_interval_s)
        is_to_be_stored = window.stored_at is None or now - window.stored_at >= store_interval
        if is_to_be_stored:
            window.stored_at = now
        return DueMatrix(_fields(window, now), is_to_be_stored, window.parameters)

    def _take(self, message: CandleClosed | CandleHistory, candles: Sequence[Candle], now: datetime) -> None:
        window = self._windows.get(message.interval)
        if window is None or not self._is_source(message.asset, message.venue, message.symbol):
            return
        newest_ms = to_ms(now) - message.interval.seconds * 1000 + _CLOCK_TOLERANCE_MS
        closed = [candle for candle in candles if candle.opened_at_ms <= newest_ms]
        slots = _slots((candle.opened_at_ms for candle in closed), message.interval)
        is_news = window.correlations.record_many(message.asset, slots, [candle.close for candle in closed])
        news = [candle for candle, is_new in zip(closed, is_news, strict=True) if is_new]
        if news:
            window.changed_at = window.changed_at or now
        self._to_store.extend(
            CandleRow(message.venue, message.symbol, message.asset, message.interval.value, *candle) for candle in news
        )

    def _is_source(self, asset: str, venue: str, symbol: str) -> bool:
        try:
            is_spot = market_of(symbol).is_spot
        except UnsupportedMarketError:
            return False
        return is_spot and self._sources.setdefault(asset, (venue, symbol)) == (venue, symbol)


def _slots(opened_at_ms: Iterable[int], interval: CandleInterval) -> list[int]:
    return [time_ms // (interval.seconds * 1000) for time_ms in opened_at_ms]


def _fields(window: _Window, now: datetime) -> dict[str, Any]:
    assets, rho, points = window.correlations.matrix()
    return {
        "window": window.parameters.name,
        "as_of": now,
        "assets": assets,
        "rho": tuple(tuple(None if isnan(value) else value for value in row) for row in rho.tolist()),
        "points": points,
    }
