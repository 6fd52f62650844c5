"""Assets that move as one."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from poise_portfolio.domain.arrays import Floats, Ints

Clusters = tuple[tuple[str, ...], ...]


def clusters_of(assets: Sequence[str], rho: Floats, rho_min: float) -> Clusters:
    """Put assets into clusters, each into one: two clusters correlate by less than `rho_min` on average.

    `rho` is (n, n) in the order of `assets`, NaN where unknown. Hierarchical clustering by average linkage over the
    distance 1 − ρ, cut at 1 − `rho_min`. Assets whose correlations are unknown are in no cluster.
    """
    known = _known_to_each_other(rho)
    if len(known) < 2:
        return tuple((assets[place],) for place in known)
    distances = squareform(1.0 - rho[np.ix_(known, known)], checks=False)
    labels = fcluster(linkage(distances, method="average"), t=1.0 - rho_min, criterion="distance")
    clusters: dict[int, list[str]] = defaultdict(list)
    for place, label in zip(known, labels.tolist(), strict=True):
        clusters[label].append(assets[place])
    return tuple(sorted(tuple(sorted(cluster)) for cluster in clusters.values()))


def _known_to_each_other(rho: Floats) -> Ints:
    """Return the places of assets of which every correlation is known, to each of the others returned.

    Those of which the most are unknown are left out first: one asset with a short history is unknown to all others,
    which is nothing against the others.
    """
    places = np.arange(len(rho))
    while True:
        unknown = np.isnan(rho[np.ix_(places, places)]).sum(axis=1)
        if not unknown.any():
            return places
        places = np.delete(places, unknown.argmax())
