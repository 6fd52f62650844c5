"""The market before start: hourly and minute candles that end at the start prices."""

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile, MarketProfile
from poise_simulator.domain.candles import (
    CLOSE,
    COLUMNS,
    HIGH,
    HOUR_MS,
    KEPT_MINUTES,
    LOW,
    MINUTE_MS,
    OPEN,
    OPEN_TIME,
    QUOTE_VOLUME,
    TAKER_QUOTE_VOLUME,
    TAKER_VOLUME,
    TRADES,
    VOLUME,
    PastRows,
)
from poise_simulator.domain.instruments import Market
from poise_simulator.domain.past_premiums import past_premiums
from poise_simulator.domain.places import Outlook, columns_in, past_drift
from poise_simulator.domain.prices import YEAR_S, ReturnModel
from poise_simulator.domain.randomness import generator_for

FloatArray = npt.NDArray[np.float64]

PEG_KEPT_PER_HOUR = 0.5
MINUTES_PER_DAY = 1_440


class History:
    """Candles of all books before start, made when first asked for."""

    def __init__(
        self,
        assets: Sequence[AssetProfile],
        outlook: Outlook,
        start_ms: int,
        days: int,
    ) -> None:
        """End all paths at the minute of `start_ms`; index prices are the world's, all else is the venue's own."""
        self._assets = assets
        self._outlook = outlook
        self._seed = outlook.seed
        self._drift: FloatArray | None = None
        self._last_minute_ms = start_ms // MINUTE_MS * MINUTE_MS
        self._last_hour_ms = start_ms // HOUR_MS * HOUR_MS
        self._hours = days * 24
        self._fine_hours = min(KEPT_MINUTES // 60, self._hours)
        self._first_ms = self._last_hour_ms - self._hours * HOUR_MS
        self._log_prices: FloatArray | None = None
        self._premiums: FloatArray | None = None

    def rows(self, asset: int, market: Market) -> PastRows:
        """Make one book's past: hours up to two days before start, minutes from there on."""
        profile = self._assets[asset]
        book = profile.spot if market is Market.SPOT else profile.perpetual
        if book is None:
            return PastRows(np.empty((0, COLUMNS)), np.empty((0, COLUMNS)))
        premium = 0.0 if market is Market.SPOT else profile.base_premium_bps * 1e-4
        path = self._hourly_path()[:, asset] + math.log1p(premium)
        coarse = path[: len(path) - 1 - self._fine_hours]
        dress = _CandleDress(book, profile, generator_for(self._seed, "candles", market, profile.base))
        hours = dress.candles(coarse, self._first_ms, HOUR_MS)
        minute_path = self._minute_path(asset, path[len(coarse) - 1 :])
        if market is Market.FUTURES:
            minute_path = self._with_premiums(minute_path, asset)
        minute_path = self._with_drift(minute_path, asset)
        first_minute_ms = self._first_ms + (len(coarse) - 1) * HOUR_MS
        return PastRows(hours, dress.candles(minute_path, first_minute_ms, MINUTE_MS))

    def rows_over_index(
        self,
        asset: int,
        book: MarketProfile,
        symbol: str,
        premiums: Callable[[FloatArray], FloatArray],
        since_ms: int = 0,
    ) -> PastRows:
        """Make the past of a book that is no asset's standing one: the index with a premium by time, from a time on."""
        dress = _CandleDress(book, self._assets[asset], generator_for(self._seed, "candles", symbol))
        path = self._hourly_path()[:, asset]
        coarse = path[: len(path) - 1 - self._fine_hours]
        times = np.arange(len(coarse), dtype=np.float64) * HOUR_MS + self._first_ms
        hourly: FloatArray = coarse + np.log1p(premiums(times))
        hours = dress.candles(hourly, self._first_ms, HOUR_MS)
        minute_path = self._with_drift(self._minute_path(asset, path[len(coarse) - 1 :]), asset)
        minute_times = np.arange(len(minute_path), dtype=np.float64) * MINUTE_MS + times[-1]
        minutes = dress.candles(minute_path + np.log1p(premiums(minute_times)), int(times[-1]), MINUTE_MS)
        return PastRows(hours[hours[:, OPEN_TIME] >= since_ms], minutes[minutes[:, OPEN_TIME] >= since_ms])

    def index_at(self, asset: int, time_ms: int) -> float:
        """Read the index price of a past time off the hourly path."""
        path = self._hourly_path()[:, asset]
        times = self._last_hour_ms + (np.arange(len(path)) - self._hours) * float(HOUR_MS)
        times[-1] = max(float(self._last_minute_ms), times[-2] + 1.0)
        return float(np.exp(np.interp(time_ms, times, path)))

    def _hourly_path(self) -> FloatArray:
        """Log prices at each hour, (hours + 2, assets); the last row is the start."""
        if self._log_prices is None:
            model = ReturnModel(
                self._outlook.world,
                self._outlook.world_seed,
                "history",
                3_600.0,
                shock_weight=0.06,
                persistence=0.98,
            )
            returns = np.array([model.step() for _ in range(self._hours + 1)])
            returns = _with_correlations(returns, [asset.btc_correlation for asset in self._outlook.world])
            returns[-1] *= math.sqrt((self._last_minute_ms - self._last_hour_ms) / HOUR_MS)
            start = np.log([asset.price for asset in self._outlook.world])
            moves = np.concatenate([np.cumsum(returns[::-1], axis=0)[::-1], np.zeros((1, len(self._outlook.world)))])
            for column, asset in enumerate(self._outlook.world):
                if asset.is_pegged:
                    moves[:, column] = _pegged(returns[:, column])
            self._log_prices = (start - moves)[:, columns_in(self._outlook.world, self._assets)]
        return self._log_prices

    def _minute_path(self, asset: int, hours: FloatArray) -> FloatArray:
        """Bridge hourly log prices (the last span may be shorter) by minutes."""
        profile = self._assets[asset]
        generator = generator_for(self._outlook.world_seed, "minutes", profile.base)
        sigma = profile.annual_volatility * math.sqrt(60.0 / YEAR_S)
        last_minutes = (self._last_minute_ms - self._last_hour_ms) // MINUTE_MS
        spans = [60] * (len(hours) - 2) + [last_minutes]
        parts = [hours[:1]]
        for (start, end), minutes in zip(itertools.pairwise(hours), spans, strict=True):
            walk = np.cumsum(generator.standard_normal(minutes)) * sigma
            share = np.arange(1, minutes + 1) / max(minutes, 1)
            parts.append(start + walk + (end - start - (walk[-1] if minutes else 0.0)) * share)
        return np.concatenate(parts)

    def _with_premiums(self, minute_path: FloatArray, asset: int) -> FloatArray:
        """Have the last day's premium come and go; the days before stand at the base premium."""
        if self._premiums is None:
            self._premiums = past_premiums(self._assets, self._outlook.regimes, self._seed, MINUTES_PER_DAY)
        path, minutes = minute_path.copy(), min(MINUTES_PER_DAY, len(minute_path))
        base = math.log1p(self._assets[asset].base_premium_bps * 1e-4)
        path[-minutes:] += np.log1p(self._premiums[-minutes:, asset]) - base
        return path

    def _with_drift(self, minute_path: FloatArray, asset: int) -> FloatArray:
        """Have the venue stray from the world in the last day, in all of an asset's books alike."""
        if self._drift is None:
            self._drift = past_drift(self._assets, self._outlook, MINUTES_PER_DAY)
        if self._drift is None:
            return minute_path
        path, minutes = minute_path.copy(), min(MINUTES_PER_DAY, len(minute_path))
        path[-minutes:] += np.log1p(self._drift[-minutes:, asset])
        return path


def _with_correlations(returns: FloatArray, correlations: Sequence[float]) -> FloatArray:
    """Give each column exactly its correlation to the first over the sample, at its own volatility.

    Clustered volatility makes sample correlations stray far; which assets qualify must not hang on it.
    """
    centred = returns - returns.mean(axis=0)
    factor = centred[:, 0]
    power = float(factor @ factor)
    if power == 0.0:
        return returns
    out = returns.copy()
    for column, correlation in enumerate(correlations):
        own = centred[:, column] - factor * float(factor @ centred[:, column]) / power
        own_power = float(own @ own)
        if own_power <= 1e-12 * power:
            continue
        mixed = correlation * factor / math.sqrt(power) + math.sqrt((1.0 - correlation**2) / own_power) * own
        out[:, column] = mixed * math.sqrt(float(centred[:, column] @ centred[:, column]))
    return out


def _pegged(returns: FloatArray) -> FloatArray:
    """Walk back from the peg, pulled to it; (n + 1) moves, the last 0."""
    moves = [0.0]
    for step in returns[::-1]:
        moves.append(moves[-1] * PEG_KEPT_PER_HOUR + float(step))
    return np.array(moves[::-1])


@dataclass(frozen=True, slots=True)
class _CandleDress:
    """Dresses paths of one book as candles with wicks, volume and trade counts."""

    book: MarketProfile
    asset: AssetProfile
    generator: np.random.Generator

    def candles(self, log_path: FloatArray, first_ms: int, interval_ms: int) -> FloatArray:
        """Make n candles of n + 1 log prices."""
        count = max(len(log_path) - 1, 0)
        rows = np.empty((count, COLUMNS))
        if count == 0:
            return rows
        sigma = self.asset.annual_volatility * math.sqrt(interval_ms / 1_000 / YEAR_S)
        prices = np.exp(log_path)
        wicks = np.exp(np.abs(self.generator.standard_normal((count, 2))) * sigma * 0.4)
        rows[:, OPEN_TIME] = first_ms + np.arange(count) * float(interval_ms)
        rows[:, OPEN], rows[:, CLOSE] = prices[:-1], prices[1:]
        rows[:, HIGH] = np.maximum(prices[:-1], prices[1:]) * wicks[:, 0]
        rows[:, LOW] = np.minimum(prices[:-1], prices[1:]) / wicks[:, 1]
        minutes = interval_ms / MINUTE_MS
        busyness = 0.7 + 0.375 * np.abs(np.diff(log_path)) / max(sigma, 1e-12)
        usual = self.book.volume_24h_usd / MINUTES_PER_DAY * minutes
        rows[:, QUOTE_VOLUME] = usual * busyness * np.exp(0.35 * self.generator.standard_normal(count) - 0.06)
        rows[:, VOLUME] = rows[:, QUOTE_VOLUME] / np.sqrt(prices[:-1] * prices[1:])
        rows[:, TRADES] = np.ceil(self.book.trades_per_s * 60.0 * minutes * busyness)
        taker_buys = 0.4 + 0.2 * self.generator.random(count)
        rows[:, TAKER_VOLUME] = rows[:, VOLUME] * taker_buys
        rows[:, TAKER_QUOTE_VOLUME] = rows[:, QUOTE_VOLUME] * taker_buys
        return rows
