"""What models look at: the closes of assets, bar by bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from poise_portfolio.domain.arrays import Floats


@dataclass(frozen=True, slots=True)
class MarketHistory:
    """Closes of assets over the same bars.

    `closes` is (bars + 1, assets) in the order of `assets`, oldest first, > 0, NaN where one is missing.
    """

    assets: tuple[str, ...]
    closes: Floats
    bars_per_year: float
    sectors: Mapping[str, str]

    def of(self, places: Sequence[int]) -> "MarketHistory":
        """Return the history of some assets, in the order of their places."""
        return replace(self, assets=tuple(self.assets[place] for place in places), closes=self.closes[:, places])

    def unbroken(self, place: int) -> Floats:
        """Return the newest closes of one asset back to its last gap; none where the newest is missing."""
        closes = self.closes[:, place]
        missing = np.flatnonzero(np.isnan(closes))
        return closes[missing[-1] + 1 :] if len(missing) else closes
