"""The correlation matrices the desk keeps: one rolling window each, fed by candles."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isnan
from typing import Any, NamedTuple, Protocol

import numpy as np

from poise_common.contracts.market_data import Candle, CandleClosed, CandleHistory, CandleInterval
from poise_common.domain.clock import from_ms, to_ms
from poise_portfolio.domain.arrays import Bools, Floats
from poise_portfolio.domain.correlations.closes import Closes
from poise_portfolio.domain.correlations.clusters import Clusters, clusters_of
from poise_portfolio.domain.correlations.rolling import RollingCorrelations, known_off_diagonal
from poise_portfolio.domain.correlations.spots import SpotCloses, SpotMarkets
from poise_portfolio.domain.correlations.spreads import SpreadCloses
from poise_portfolio.domain.ledger.markets import UnsupportedMarketError, market_of
from poise_portfolio.domain.parameters import Correlations, CorrelationWindow
from poise_portfolio.domain.records import CandleRow, CloseSeries

_CLOCK_TOLERANCE_MS = 5_000
"""A candle from further ahead than clocks differ would empty the window."""


class DueMatrix(NamedTuple):
    """A matrix to be published, by its fields; and stored, where it is its turn."""

    fields: dict[str, Any]
    is_to_be_stored: bool
    window: CorrelationWindow


class _Feed(Protocol):
    """Makes series of what markets close at."""

    def take(self, told: Closes) -> Bools: ...


@dataclass(slots=True)
class _Window:
    parameters: CorrelationWindow
    correlations: RollingCorrelations
    feed: _Feed
    changed_at: datetime | None = None
    """When the first change came that is in no published matrix."""
    published_at: datetime | None = None
    stored_at: datetime | None = None
    stored_known: int = 0
    """How many correlations the matrix had that was stored last."""

    def takes_its_turn(self, known: int, now: datetime, store_interval: timedelta) -> bool:
        """Say whether a matrix with so many correlations is to be stored: it is time, or it tells more than what is.

        What is stored while histories still come in would else be all that is to be read until the next one.
        """
        is_time = self.stored_at is None or now - self.stored_at >= store_interval
        if not is_time and known <= self.stored_known:
            return False
        self.stored_at, self.stored_known = now, known
        return True


class CorrelationWindows:
    """Feeds candles to the windows of their interval, keeps what is to be stored, says when a matrix is due."""

    def __init__(self, parameters: Correlations, closes: Iterable[CloseSeries]) -> None:
        self._parameters = parameters
        spot_markets = SpotMarkets()
        self._windows = [_window(window, spot_markets) for window in parameters.windows]
        self._to_store: deque[CandleRow] = deque()
        for series in closes:
            told = _closes(series, series.opened_at_ms, series.closes)
            if told is not None:
                for window in self._fed_by(series.interval):
                    window.feed.take(told)

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
        return [self._publish(window, now) for window in self._windows if self._is_due(window, now)]

    def spot_closes(self, interval: CandleInterval, bars: int) -> Mapping[str, Floats]:
        """Return each asset's last spot closes, oldest first, NaN where one is missing; all of them as long."""
        for window in self._fed_by(interval):
            if not window.parameters.is_of_spreads:
                return window.correlations.closes(bars)
        return {}

    def as_of(self) -> Mapping[str, datetime]:
        """Return by window when the newest bar of its matrix ended; a window without candles is not among them."""
        known = (window for window in self._windows if window.correlations.newest_slot is not None)
        return {window.parameters.name: _newest_close(window) for window in known}

    def clusters(self) -> Clusters:
        """Return which assets move as one by the longest window of prices; none while nothing is known."""
        of_prices = [window for window in self._windows if not window.parameters.is_of_spreads]
        longest = max(of_prices, key=lambda window: window.parameters.length, default=None)
        if longest is None:
            return ()
        assets, rho, _ = longest.correlations.matrix()
        return clusters_of(assets, rho, self._parameters.cluster_rho_min)

    def _is_due(self, window: _Window, now: datetime) -> bool:
        """Say whether a matrix has changed, or was not told for so long that a starting reader might miss it."""
        if window.changed_at is not None:
            return now - window.changed_at >= timedelta(seconds=self._parameters.publish_delay_s)
        repeat_interval = timedelta(seconds=self._parameters.repeat_interval_s)
        is_told = window.published_at is not None and now - window.published_at < repeat_interval
        return window.correlations.newest_slot is not None and not is_told

    def _publish(self, window: _Window, now: datetime) -> DueMatrix:
        window.changed_at, window.published_at = None, now
        assets, rho, points = window.correlations.matrix()
        known = known_off_diagonal(rho)
        store_interval = timedelta(seconds=self._parameters.store_interval_s)
        is_to_be_stored = window.takes_its_turn(len(known), now, store_interval)
        clusters = () if window.parameters.is_of_spreads else clusters_of(assets, rho, self._parameters.cluster_rho_min)
        fields = {
            "window": window.parameters.name,
            "as_of": min(now, _newest_close(window)),
            "assets": assets,
            "rho": _told(rho),
            "points": points,
            "mean_rho": float(known.mean()) if len(known) else None,
            "clusters": clusters,
        }
        return DueMatrix(fields, is_to_be_stored, window.parameters)

    def _take(self, message: CandleClosed | CandleHistory, candles: Sequence[Candle], now: datetime) -> None:
        newest_ms = to_ms(now) - message.interval.seconds * 1000 + _CLOCK_TOLERANCE_MS
        closed = [candle for candle in candles if candle.opened_at_ms <= newest_ms]
        times, prices = [candle.opened_at_ms for candle in closed], [candle.close for candle in closed]
        told = _closes(message, times, prices)
        if told is None:
            return
        is_news = np.zeros(len(closed), dtype=np.bool_)
        for window in self._fed_by(message.interval):
            is_news |= window.feed.take(told)
            if window.correlations.has_changed:
                window.changed_at = window.changed_at or now
        self._to_store.extend(
            CandleRow(message.venue, message.symbol, message.asset, message.interval.value, *candle)
            for candle, is_new in zip(closed, is_news, strict=True)
            if is_new
        )

    def _fed_by(self, interval: CandleInterval) -> list[_Window]:
        return [window for window in self._windows if window.parameters.interval is interval]


def _window(parameters: CorrelationWindow, spot_markets: SpotMarkets) -> _Window:
    correlations = RollingCorrelations(parameters.bars, parameters.min_points)
    feed: _Feed
    if parameters.is_of_spreads:
        feed = SpreadCloses(correlations, parameters.bars)
    else:
        feed = SpotCloses(correlations, spot_markets)
    return _Window(parameters, correlations, feed)


def _closes(
    source: CandleClosed | CandleHistory | CloseSeries, opened_at_ms: Sequence[int], prices: Sequence[float]
) -> Closes | None:
    """Make closes of a market's candles; None where nothing is read from such markets."""
    try:
        market = market_of(source.symbol)
    except UnsupportedMarketError:
        return None
    slots = np.asarray(opened_at_ms, dtype=np.int64) // (source.interval.seconds * 1000)
    return Closes(source.asset, source.venue, market, slots, np.asarray(prices, dtype=np.float64))


def _told(rho: Floats) -> tuple[tuple[float | None, ...], ...]:
    """Write a matrix as a message has it; most rows have nothing unknown, and are as they are."""
    broken = set(np.flatnonzero(np.isnan(rho).any(axis=1)).tolist())
    return tuple(
        tuple(None if isnan(value) else value for value in row) if place in broken else tuple(row)
        for place, row in enumerate(rho.tolist())
    )


def _newest_close(window: _Window) -> datetime:
    """Return when the newest bar of a window ended: what its matrix is as of."""
    newest_slot = window.correlations.newest_slot or 0
    return from_ms((newest_slot + 1) * window.parameters.interval.seconds * 1000)
