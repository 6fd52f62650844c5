"""What may be done to the synthetic market from outside: prices, premiums, books, funding, halts, an outage."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pull:
    """How far an asset's levers are pulled; as it stands, not at all.

    `price` multiplies the index, `premium` (a fraction of the index) adds to the perpetual's; `depth` and `spread`
    multiply what its makers quote; `funding_rate_per_interval` replaces the rate that premiums give. `is_halted` stops
    its books, `is_out` the whole venue.
    """

    price: float = 1.0
    premium: float = 0.0
    depth: float = 1.0
    spread: float = 1.0
    funding_rate_per_interval: float | None = None
    is_halted: bool = False
    is_out: bool = False


UNTOUCHED = Pull()


class MarketLevers:
    """All assets' levers, by column; several pulls at one asset add up."""

    def __init__(self, assets: int) -> None:
        """Pull at nothing."""
        self._assets = assets
        self.release()

    def release(self) -> None:
        """Let go of everything."""
        self.price: FloatArray = np.ones(self._assets)
        self.premium: FloatArray = np.zeros(self._assets)
        self.depth: FloatArray = np.ones(self._assets)
        self.spread: FloatArray = np.ones(self._assets)
        self.funding_rates_per_interval: dict[int, float] = {}
        self.halted: frozenset[int] = frozenset()
        self.is_out = False

    def pull(self, columns: Sequence[int], pull: Pull) -> None:
        """Pull at some assets, on top of what is pulled already; of two funding rates the later one counts."""
        at = list(columns)
        self.price[at] *= pull.price
        self.premium[at] += pull.premium
        self.depth[at] *= pull.depth
        self.spread[at] *= pull.spread
        if pull.funding_rate_per_interval is not None:
            self.funding_rates_per_interval |= dict.fromkeys(at, pull.funding_rate_per_interval)
        if pull.is_halted:
            self.halted |= frozenset(at)
        self.is_out |= pull.is_out
