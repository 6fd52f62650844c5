"""How assets move together: the newest matrices, and what counts where they say nothing."""

from collections.abc import Mapping
from datetime import datetime

from poise_common.contracts.state import CorrelationMatrix


class SpreadCorrelations:
    """Correlations of package spread returns."""

    def __init__(self, matrix: CorrelationMatrix | None = None) -> None:
        self.as_of: datetime | None = None if matrix is None else matrix.as_of
        self._rho = () if matrix is None else matrix.rho
        self._rows: Mapping[str, int] = {} if matrix is None else _rows(matrix)

    def between(self, asset: str, other: str) -> float | None:
        """Return the correlation of two assets' spread returns; None where it is not known."""
        row, column = self._rows.get(asset), self._rows.get(other)
        return None if row is None or column is None else self._rho[row][column]


class Clusters:
    """Assets whose prices move as one; an asset of which not everything is known moves with everything."""

    def __init__(self, matrix: CorrelationMatrix | None = None) -> None:
        self.as_of: datetime | None = None if matrix is None else matrix.as_of
        self._of: dict[str, frozenset[str]] = {} if matrix is None else _clusters(matrix)

    def of(self, asset: str) -> frozenset[str] | None:
        """Return an asset with all that move as one with it; None where that is not known."""
        return self._of.get(asset)

    def are_one(self, asset: str, other: str) -> bool:
        """Say whether two assets must be taken to move as one."""
        if asset == other:
            return True
        cluster = self._of.get(asset)
        return cluster is None or other not in self._of or other in cluster


def is_square(matrix: CorrelationMatrix) -> bool:
    """Say whether a matrix has a row and a column for each of its assets."""
    size = len(matrix.assets)
    return len(matrix.rho) == size and all(len(row) == size for row in matrix.rho)


def _rows(matrix: CorrelationMatrix) -> dict[str, int]:
    return {asset: row for row, asset in enumerate(matrix.assets)}


def _clusters(matrix: CorrelationMatrix) -> dict[str, frozenset[str]]:
    """Return each asset's cluster; one that stands in none is by itself if all its correlations are known."""
    clusters = {asset: frozenset(cluster) for cluster in matrix.clusters for asset in cluster}
    for asset, row in _rows(matrix).items():
        if asset not in clusters and all(rho is not None for rho in matrix.rho[row]):
            clusters[asset] = frozenset({asset})
    return clusters
