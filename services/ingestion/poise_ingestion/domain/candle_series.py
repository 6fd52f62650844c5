"""Closed candles of one instrument: minutes as they come, 5 minutes and hours made of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from poise_common.contracts.market_data import Candle, CandleInterval

_MINUTE_MS = 60_000
_KEPT_MINUTES = 120
"""An hour, and what may come late of a feed that is taken over."""
_MADE_OF_MINUTES = (CandleInterval.FIVE_MINUTES, CandleInterval.HOUR)


@dataclass(frozen=True, slots=True)
class Closed:
    """A candle that will not change any more."""

    interval: CandleInterval
    candle: Candle


@dataclass(frozen=True, slots=True)
class MissingMinutes:
    """Minutes that were not seen: from this opening time on."""

    from_ms: int


class CandleSeries:
    """Turn the running minutes of a feed into closed candles, each once and in order; say what is missing."""

    def __init__(self, close_grace_ms: int) -> None:
        self._close_grace_ms = close_grace_ms
        self._running: dict[int, Candle] = {}
        self._minutes: dict[int, Candle] = {}
        self._last_closed_ms: int | None = None
        self._asked_from_ms: int | None = None

    @property
    def last_closed_ms(self) -> int | None:
        """Opening time of the last closed minute."""
        return self._last_closed_ms

    def observe(self, candles: Iterable[Candle], now_ms: int) -> list[Closed | MissingMinutes]:
        """Take what the feed shows of its minutes, the running one among them."""
        for candle in candles:
            if self._last_closed_ms is None or candle.opened_at_ms > self._last_closed_ms:
                self._running[candle.opened_at_ms] = candle
        return self.close_due(now_ms)

    def absorb_history(self, candles: Sequence[Candle], now_ms: int) -> list[Closed | MissingMinutes]:
        """Take closed minutes that were read over REST at the start: they are the past, and close nothing."""
        self._keep([minute for minute in candles if minute.opened_at_ms not in self._minutes])
        if candles and (self._last_closed_ms is None or candles[-1].opened_at_ms > self._last_closed_ms):
            self._last_closed_ms = candles[-1].opened_at_ms
            self._running = {ms: candle for ms, candle in self._running.items() if ms > candles[-1].opened_at_ms}
        return self.close_due(now_ms)

    def take_over(self, candles: Sequence[Candle], said_from_ms: int) -> list[Closed]:
        """Take closed minutes of before this feed began, oldest first; return those to be said again.

        From that time on it is not known what the process before had said, if it came to it.
        """
        unknown = [minute for minute in candles if minute.opened_at_ms not in self._minutes]
        self._keep(unknown)
        said = [minute for minute in unknown if minute.opened_at_ms >= said_from_ms]
        if candles:
            self._last_closed_ms = max(candles[-1].opened_at_ms, self._last_closed_ms or 0)
            self._running = {ms: one for ms, one in self._running.items() if ms > self._last_closed_ms}
        return [closed for minute in said for closed in self._with_those_made_of(minute)]

    def fill(self, candles: Sequence[Candle], now_ms: int) -> list[Closed | MissingMinutes]:
        """Take the minutes that were missing; go on without those that the venue does not have either.

        Coarser candles over a hole are left out: they would be wrong.
        """
        self._asked_from_ms = None
        self._running |= {
            minute.opened_at_ms: minute
            for minute in candles
            if self._last_closed_ms is None or minute.opened_at_ms > self._last_closed_ms
        }
        if (
            self._running
            and self._last_closed_ms is not None
            and min(self._running) > self._last_closed_ms + _MINUTE_MS
        ):
            self._last_closed_ms = min(self._running) - _MINUTE_MS
        return self.close_due(now_ms)

    def close_due(self, now_ms: int) -> list[Closed | MissingMinutes]:
        """Close the minutes that are over, in order, up to the first that is missing."""
        found: list[Closed | MissingMinutes] = []
        while self._running:
            oldest_ms = min(self._running)
            if not self._is_over(oldest_ms, now_ms):
                break
            if self._last_closed_ms is not None and oldest_ms > self._last_closed_ms + _MINUTE_MS:
                missing_ms = self._last_closed_ms + _MINUTE_MS
                if self._asked_from_ms != missing_ms:
                    self._asked_from_ms = missing_ms
                    found.append(MissingMinutes(missing_ms))
                break
            found += self._close(self._running.pop(oldest_ms))
        return found

    def _is_over(self, opened_at_ms: int, now_ms: int) -> bool:
        later_seen = any(ms > opened_at_ms for ms in self._running)
        return later_seen or now_ms >= opened_at_ms + _MINUTE_MS + self._close_grace_ms

    def _close(self, minute: Candle) -> list[Closed]:
        self._keep([minute])
        self._last_closed_ms = minute.opened_at_ms
        return self._with_those_made_of(minute)

    def _with_those_made_of(self, minute: Candle) -> list[Closed]:
        closed = [Closed(CandleInterval.MINUTE, minute)]
        end_ms = minute.opened_at_ms + _MINUTE_MS
        for interval in _MADE_OF_MINUTES:
            length_ms = interval.seconds * 1000
            if end_ms % length_ms == 0:
                whole = self._whole(end_ms - length_ms, end_ms)
                if whole is not None:
                    closed.append(Closed(interval, whole))
        return closed

    def _whole(self, from_ms: int, to_ms: int) -> Candle | None:
        minutes = [self._minutes.get(ms) for ms in range(from_ms, to_ms, _MINUTE_MS)]
        known = [minute for minute in minutes if minute is not None]
        return merged(known) if len(known) == len(minutes) else None

    def _keep(self, minutes: Sequence[Candle]) -> None:
        self._minutes |= {minute.opened_at_ms: minute for minute in minutes[-_KEPT_MINUTES:]}
        for ms in sorted(self._minutes)[:-_KEPT_MINUTES]:
            del self._minutes[ms]


def merged(candles: Sequence[Candle]) -> Candle:
    """Make one candle of several in a row, oldest first."""
    return Candle(
        opened_at_ms=candles[0].opened_at_ms,
        open=candles[0].open,
        high=max(candle.high for candle in candles),
        low=min(candle.low for candle in candles),
        close=candles[-1].close,
        volume=sum(candle.volume for candle in candles),
    )


def aggregated(minutes: Sequence[Candle], interval: CandleInterval) -> tuple[Candle, ...]:
    """Make the coarser candles that are whole in a history of minutes, oldest first."""
    length_ms = interval.seconds * 1000
    buckets: dict[int, list[Candle]] = {}
    for minute in minutes:
        buckets.setdefault(minute.opened_at_ms - minute.opened_at_ms % length_ms, []).append(minute)
    return tuple(merged(bucket) for bucket in buckets.values() if len(bucket) == length_ms // _MINUTE_MS)
