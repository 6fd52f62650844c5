"""Whether two assets still move together as they usually do."""

from datetime import datetime, timedelta
from typing import NamedTuple

from poise_common.contracts.state import CorrelationMatrix

_CURRENT, _NORMAL = "24h", "90d"


class CorrelationShift(NamedTuple):
    """The correlation of two assets over the last day beside that of 90 days."""

    current: float
    normal: float

    @property
    def size(self) -> float:
        return abs(self.current - self.normal)


class CorrelationWatch:
    """The newest matrix of each window, as long as it is fresh."""

    def __init__(self, age_max: timedelta) -> None:
        self._age_max = age_max
        self._matrices: dict[str, CorrelationMatrix] = {}
        self._places: dict[str, dict[str, int]] = {}

    def take(self, matrix: CorrelationMatrix) -> None:
        """Keep a matrix unless a later one of its window is known."""
        known = self._matrices.get(matrix.window)
        if known is None or matrix.as_of >= known.as_of:
            self._matrices[matrix.window] = matrix
            self._places[matrix.window] = {asset: place for place, asset in enumerate(matrix.assets)}

    def shift(self, one: str, other: str, now: datetime) -> CorrelationShift | None:
        """Return how the correlation of two assets has moved; None where either figure is unknown or the day's old."""
        day = self._matrices.get(_CURRENT)
        if day is None or now - day.as_of > self._age_max:
            return None
        current, normal = self._rho(_CURRENT, one, other), self._rho(_NORMAL, one, other)
        return None if current is None or normal is None else CorrelationShift(current, normal)

    def _rho(self, window: str, one: str, other: str) -> float | None:
        matrix, places = self._matrices.get(window), self._places.get(window, {})
        if matrix is None or one not in places or other not in places:
            return None
        return matrix.rho[places[one]][places[other]]
