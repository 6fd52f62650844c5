"""Noticing that an asset's depth dropped."""

from collections import deque
from statistics import median

Key = tuple[str, str]


class LiquidityWatch:
    """Compare each scan's depth with the median of the scans before it."""

    def __init__(self, *, drop_pct: float, scans: int) -> None:
        self._drop_pct = drop_pct
        self._depths: dict[Key, deque[float]] = {}
        self._scans = scans

    def has_dropped(self, key: Key, depth_usd: float) -> bool:
        """Say whether depth is that much below its median; what dropped does not lower the median at once."""
        depths = self._depths.setdefault(key, deque(maxlen=self._scans))
        usual = median(depths) if len(depths) >= self._scans // 2 else None
        depths.append(depth_usd)
        return usual is not None and depth_usd < usual * (1 - self._drop_pct / 100)
