"""What settles a conflict between two requests for one slot: edge, then correlation to what is held, then liquidity."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.market_data import UniverseAsset
from poise_common.contracts.packages import OpenPackage


@dataclass(frozen=True, slots=True)
class Merits:
    """One request's figures, in the order in which they count."""

    edge_score: Decimal
    mean_correlation: Decimal
    """Of its spread returns with those of each package that is held or reserved; what is not known is 1."""
    depth_usd: float
    """0 where it is not known."""
    volume_24h_usd: float
    """Of the leg that trades less."""

    @property
    def rank(self) -> tuple[Decimal, Decimal, float, float]:
        """What is larger wins."""
        return self.edge_score, -self.mean_correlation, self.depth_usd, self.volume_24h_usd

    def advantage_over(self, other: "Merits") -> str:
        """Say which figure comes first in which these differ, and both values."""
        figures: tuple[tuple[str, Decimal | float, Decimal | float], ...] = (
            ("edge score", self.edge_score, other.edge_score),
            ("correlation to what is held", self.mean_correlation, other.mean_correlation),
            ("depth", self.depth_usd, other.depth_usd),
            ("24 h volume", self.volume_24h_usd, other.volume_24h_usd),
        )
        told = (
            f"{name} {float(mine):.6g} against {float(theirs):.6g}" for name, mine, theirs in figures if mine != theirs
        )
        return next(told, "being first, with equal merits")


def merits(request: OpenPackage, listings: Iterable[UniverseAsset | None], mean_correlation: Decimal) -> Merits:
    """Gather a request's figures; `listings` are what the universe says of its legs' instruments."""
    known = tuple(listings)
    return Merits(
        edge_score=request.edge_score,
        mean_correlation=mean_correlation,
        depth_usd=min(0.0 if each is None or each.depth_usd is None else each.depth_usd for each in known),
        volume_24h_usd=min(
            0.0 if each is None else min(each.volume_24h_usd, each.hedge_volume_24h_usd) for each in known
        ),
    )
