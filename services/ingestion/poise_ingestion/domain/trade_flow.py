"""Buy and sell volume of an instrument, second by second."""

from collections.abc import Iterable
from dataclasses import dataclass

from poise_common.domain.instruments import Side

_SECOND_MS = 1000
_KEPT_SECONDS = 10


@dataclass(slots=True)
class SecondOfTrades:
    """One second's trades in base units, by the taker's side."""

    second_ms: int
    buy_volume: float = 0.0
    sell_volume: float = 0.0
    trades: int = 0


class TradeFlowMeter:
    """Add trades up by the second they were printed in."""

    def __init__(self, close_grace_ms: int, *, joins_midway: bool = False) -> None:
        """`joins_midway`: another says the second of the first trade, of which this meter may have missed some."""
        self._joins_midway = joins_midway
        self._from_ms = 0
        self._close_grace_ms = close_grace_ms
        self._seconds: dict[int, SecondOfTrades] = {}
        self._unsaid: set[int] = set()

    def add(self, trades: Iterable[tuple[int, Side, float]]) -> None:
        """Take trades as (time in ms, taker's side, base units)."""
        for time_ms, side, quantity in trades:
            second_ms = time_ms - time_ms % _SECOND_MS
            if self._joins_midway:
                self._joins_midway, self._from_ms = False, second_ms + _SECOND_MS
            if second_ms < self._from_ms:
                continue
            second = self._seconds.setdefault(second_ms, SecondOfTrades(second_ms))
            if side is Side.BUY:
                second.buy_volume += quantity
            else:
                second.sell_volume += quantity
            second.trades += 1
            self._unsaid.add(second_ms)

    def close_due(self, now_ms: int) -> list[SecondOfTrades]:
        """Return the seconds that are over and were not said yet, oldest first; late trades say a second again."""
        due = sorted(ms for ms in self._unsaid if now_ms >= ms + _SECOND_MS + self._close_grace_ms)
        self._unsaid.difference_update(due)
        closed = [self._seconds[ms] for ms in due]
        for ms in [ms for ms in self._seconds if ms < now_ms - _KEPT_SECONDS * _SECOND_MS and ms not in self._unsaid]:
            del self._seconds[ms]
        return closed
