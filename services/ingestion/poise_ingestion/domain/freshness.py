"""How fresh each book is, and what share of the time it was."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from poise_common.domain.instruments import InstrumentId

_MINUTE_S = 60.0


@dataclass(slots=True)
class _Watched:
    last_at: datetime | None = None
    silent_since: datetime | None = None
    minute: int = 0
    minutes: deque[tuple[float, float]] = field(default_factory=deque)
    """(seconds watched, seconds fresh) of each minute."""
    watched_s: float = 0.0
    fresh_s: float = 0.0


class FreshnessMeter:
    """Measure the books that are followed; time is let pass by `advance`."""

    def __init__(self, *, stale_after_s: float, window_h: int, minutes_min: int) -> None:
        self._stale_after_s = stale_after_s
        self._window_minutes = window_h * 60
        self._minutes_min = minutes_min
        self._watched: dict[InstrumentId, _Watched] = {}
        self._advanced_at: datetime | None = None

    def watch(self, instruments: Iterable[InstrumentId], now: datetime) -> None:
        """Follow exactly these; what was measured of the others is forgotten."""
        self._watched = {
            instrument: self._watched.get(instrument) or _Watched(silent_since=now) for instrument in instruments
        }

    def seen(self, instrument: InstrumentId, now: datetime) -> None:
        """Note that a book was published."""
        watched = self._watched.get(instrument)
        if watched is not None:
            watched.last_at = now

    def silence_s(self, instrument: InstrumentId, now: datetime) -> float:
        """Return how long nothing was published of an instrument."""
        watched = self._watched[instrument]
        since = watched.last_at or watched.silent_since
        return (now - since).total_seconds() if since is not None else 0.0

    def silent_for(self, seconds: float, now: datetime) -> tuple[InstrumentId, ...]:
        """Return the instruments of which nothing was published for longer than that."""
        return tuple(instrument for instrument in self._watched if self.silence_s(instrument, now) > seconds)

    def advance(self, now: datetime) -> None:
        """Count the time since the last call for or against every instrument."""
        elapsed_s = 0.0 if self._advanced_at is None else max(0.0, (now - self._advanced_at).total_seconds())
        self._advanced_at = now
        minute = int(now.timestamp() // _MINUTE_S)
        for instrument, watched in self._watched.items():
            watched.watched_s += elapsed_s
            if self.silence_s(instrument, now) <= self._stale_after_s:
                watched.fresh_s += elapsed_s
            if minute != watched.minute:
                if watched.minute:
                    watched.minutes.append((watched.watched_s, watched.fresh_s))
                    watched.watched_s = watched.fresh_s = 0.0
                watched.minute = minute
                while len(watched.minutes) > self._window_minutes:
                    watched.minutes.popleft()

    def reliability_pct(self) -> dict[InstrumentId, float]:
        """Return the share of the window in which each book was fresh; those watched too shortly are left out."""
        shares: dict[InstrumentId, float] = {}
        for instrument, watched in self._watched.items():
            watched_s = sum(minute_s for minute_s, _ in watched.minutes)
            if len(watched.minutes) >= self._minutes_min and watched_s > 0:
                shares[instrument] = 100 * sum(fresh_s for _, fresh_s in watched.minutes) / watched_s
        return shares
