"""Sector rotation: every asset of the sector that returned the most, anew every other day.

Listens to the books and funding of each asset's perpetual and the benchmark's; needs `beta_bars` hours of both.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from poise_common.contracts.market_data import Universe
from poise_common.domain.momentum import sectors_by_strength
from poise_signals.domain.parameters import SharedParameters
from poise_signals.domain.strategy.candidates import Candidate
from poise_signals.domain.strategy.protocol import StrategyKind
from poise_signals.domain.two_assets.rotation import Choice, Rotation, RotationParameters

NAME = "sector_rotation"


class SectorRotationParameters(RotationParameters):
    """The sector rotation."""

    lookback_bars: Annotated[int, Field(ge=2, le=2_000)]


class SectorRotation(Rotation):
    """A rotation that chooses by the universe's sectors."""

    def __init__(self, parameters: SectorRotationParameters, shared: SharedParameters) -> None:
        super().__init__(
            NAME,
            parameters,
            shared,
            closes=parameters.lookback_bars + 1,
            choose=lambda closes: choose(closes, self._sectors),
        )
        self._sectors: Mapping[str, str] = {}

    def candidates(self, universe: Universe) -> Sequence[Candidate]:
        """Return each asset against the benchmark, and keep the sectors."""
        self._sectors = {asset.asset: asset.sector for asset in universe.assets}
        return super().candidates(universe)


def choose(closes: Mapping[str, list[float]], sectors: Mapping[str, str]) -> Choice:
    """Choose the assets of the sector with the best mean return from first to last close."""
    returns = {asset: series[-1] / series[0] - 1 for asset, series in closes.items() if asset in sectors}
    if not returns:
        return Choice(frozenset(), {})
    best, *others = sectors_by_strength(returns, sectors)
    left_out = {
        asset: f"its sector {other.sector} returned {other.mean_return:.2%}, {best.sector} {best.mean_return:.2%}"
        for other in others
        for asset in other.assets
    }
    return Choice(frozenset(best.assets), left_out)


KIND = StrategyKind(NAME, SectorRotationParameters, SectorRotation, check=Rotation.refuse_forgotten_hours)
