"""How assets move together: the newest matrices, and what counts where they say nothing."""

from collections.abc import Mapping
from datetime import datetime

from poise_common.contracts.state import CorrelationMatrix

_NOTHING_KNOWN: Mapping[str, float | None] = {}


def counted(rho: float, ways: int) -> float:
    """Return a correlation of two assets' spread returns as it counts between packages of them.

    `ways` is 1 where both stand the same way round, -1 where they don't, 0 where that says nothing: either sign counts
    then.
    """
    return rho * ways if ways else abs(rho)


class SpreadCorrelations:
    """Correlations of package spread returns."""

    def __init__(self, matrix: CorrelationMatrix | None = None) -> None:
        self.as_of: datetime | None = None if matrix is None else matrix.as_of
        self._known_with: Mapping[str, Mapping[str, float | None]] = {} if matrix is None else _rows(matrix)
        self._apart_from: dict[tuple[tuple[str, ...], int, float], frozenset[str]] = {}

    def known_with(self, asset: str) -> Mapping[str, float | None]:
        """Return how an asset's spread returns correlate with each asset's; what is not known is None, or not there."""
        return self._known_with.get(asset, _NOTHING_KNOWN)

    def apart_from(self, assets: tuple[str, ...], ways: int, threshold: float) -> frozenset[str]:
        """Return what is known to correlate no more than this with the spread returns of each of these assets."""
        key = assets, ways, threshold
        if key not in self._apart_from:
            self._apart_from[key] = frozenset.intersection(
                *(self._apart_from_one(asset, ways, threshold) for asset in assets)
            )
        return self._apart_from[key]

    def _apart_from_one(self, asset: str, ways: int, threshold: float) -> frozenset[str]:
        known = [(other, rho) for other, rho in self.known_with(asset).items() if rho is not None and other != asset]
        return frozenset(other for other, rho in known if counted(rho, ways) <= threshold)


class Clusters:
    """Assets whose prices move as one; an asset of which not everything is known moves with everything."""

    def __init__(self, matrix: CorrelationMatrix | None = None) -> None:
        self.as_of: datetime | None = None if matrix is None else matrix.as_of
        self._of: dict[str, frozenset[str]] = {} if matrix is None else _clusters(matrix)
        self._apart_from: dict[str, frozenset[str]] = {}

    def of(self, asset: str) -> frozenset[str] | None:
        """Return an asset with all that move as one with it; None where that is not known."""
        return self._of.get(asset)

    def apart_from(self, asset: str) -> frozenset[str]:
        """Return the assets that need not be taken to move as one with this."""
        if asset not in self._apart_from:
            cluster = self._of.get(asset)
            self._apart_from[asset] = frozenset() if cluster is None else frozenset(self._of) - cluster - {asset}
        return self._apart_from[asset]


def is_square(matrix: CorrelationMatrix) -> bool:
    """Say whether a matrix has a row and a column for each of its assets."""
    size = len(matrix.assets)
    return len(matrix.rho) == size and all(len(row) == size for row in matrix.rho)


def _rows(matrix: CorrelationMatrix) -> dict[str, dict[str, float | None]]:
    rows = zip(matrix.assets, matrix.rho, strict=True)
    return {asset: dict(zip(matrix.assets, row, strict=True)) for asset, row in rows}


def _clusters(matrix: CorrelationMatrix) -> dict[str, frozenset[str]]:
    """Return each asset's cluster; one that stands in none is by itself if all its correlations are known."""
    clusters = {asset: frozenset(cluster) for cluster in matrix.clusters for asset in cluster}
    for asset, row in zip(matrix.assets, matrix.rho, strict=True):
        if asset not in clusters and all(rho is not None for rho in row):
            clusters[asset] = frozenset({asset})
    return clusters
