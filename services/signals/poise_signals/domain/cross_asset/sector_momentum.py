"""What each sector returned of late, and what that says of a package's two legs."""

from collections.abc import Mapping
from typing import NamedTuple

from poise_common.domain.momentum import SectorStrength, sectors_by_strength


class SectorMomentum(NamedTuple):
    """The sectors' mean returns over the last bars, as fractions."""

    strengths: Mapping[str, SectorStrength]

    def lead(self, long_sector: str, short_sector: str) -> float | None:
        """Return by how much the long leg's sector returned more than the short leg's; None where one is unknown."""
        long, short = self.strengths.get(long_sector), self.strengths.get(short_sector)
        return None if long is None or short is None else long.mean_return - short.mean_return


def sector_momentum(returns: Mapping[str, float], sectors: Mapping[str, str]) -> SectorMomentum:
    """Return the momentum of the sectors of the assets whose return is known."""
    return SectorMomentum({strength.sector: strength for strength in sectors_by_strength(returns, sectors)})
