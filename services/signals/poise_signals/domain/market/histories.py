"""What instruments did, hour by hour."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from poise_common.domain.instruments import InstrumentId
from poise_signals.domain.arrays import Floats

_HOUR_MS = 3_600_000


class Hours(NamedTuple):
    """Closes and volumes of hours in a row, oldest first; volumes in base units."""

    newest_hour: int
    """Since the Unix epoch: of what an analysis stays true until the next."""
    closes: Floats
    volumes: Floats


class _Series:
    """The last hours of one instrument, NaN where one is missing."""

    def __init__(self, kept: int) -> None:
        self.newest_hour = -1
        self.closes: Floats = np.full(kept, np.nan)
        self.volumes: Floats = np.full(kept, np.nan)

    def put(self, hour: int, close: float, volume: float) -> None:
        kept = len(self.closes)
        ahead = hour - self.newest_hour
        if ahead > 0:
            for values in (self.closes, self.volumes):
                values[: max(kept - ahead, 0)] = values[ahead:].copy()
                values[max(kept - ahead, 0) :] = np.nan
            self.newest_hour, ahead = hour, 0
        if -ahead < kept:
            self.closes[ahead - 1] = close
            self.volumes[ahead - 1] = volume


class HourlyHistories:
    """The last `kept` closed hours of each instrument, however late one of them comes."""

    def __init__(self, kept: int) -> None:
        self._kept = kept
        self._series: dict[InstrumentId, _Series] = {}

    def put(self, instrument: InstrumentId, opened_at_ms: int, close: float, volume: float) -> None:
        """Keep one closed hour; the same hour told again replaces itself."""
        series = self._series.get(instrument)
        if series is None:
            series = self._series[instrument] = _Series(self._kept)
        series.put(opened_at_ms // _HOUR_MS, close, volume)

    def newest_hour(self, instruments: Sequence[InstrumentId]) -> int | None:
        """Return the newest hour that all of them have closed, None while one has none."""
        known = [self._series[instrument].newest_hour for instrument in instruments if instrument in self._series]
        return min(known) if known and len(known) == len(instruments) else None

    def hours(self, instrument: InstrumentId, bars: int) -> Hours | None:
        """Return at most the last `bars` hours since the last gap; None without one."""
        series = self._series.get(instrument)
        if series is None:
            return None
        closes, volumes = series.closes[-bars:], series.volumes[-bars:]
        missing = np.flatnonzero(np.isnan(closes))
        start = int(missing[-1]) + 1 if len(missing) else 0
        return Hours(series.newest_hour, closes[start:], volumes[start:]) if start < len(closes) else None

    def closes_together(self, instruments: Sequence[InstrumentId], bars: int) -> Floats | None:
        """Return (hours, instruments) closes of at most the last `bars` hours that all have, since the last gap."""
        newest = self.newest_hour(instruments)
        if newest is None:
            return None
        columns = []
        for instrument in instruments:
            series = self._series[instrument]
            behind = series.newest_hour - newest
            values = series.closes[: len(series.closes) - behind] if behind else series.closes
            columns.append(values[-bars:])
        length = min(len(column) for column in columns)
        if length == 0:
            return None
        closes = np.column_stack([column[len(column) - length :] for column in columns])
        missing = np.flatnonzero(np.isnan(closes).any(axis=1))
        found: Floats = closes[int(missing[-1]) + 1 :] if len(missing) else closes
        return found if len(found) else None
