"""Assets that move as one."""

from collections.abc import Sequence

import numpy as np

from poise_portfolio.domain.arrays import Floats, Ints

Clusters = tuple[tuple[str, ...], ...]


def clusters_of(assets: Sequence[str], rho: Floats, rho_min: float) -> Clusters:
    """Put assets into clusters, each into one: two clusters correlate by less than `rho_min` on average.

    `rho` is (n, n) in the order of `assets`, NaN where unknown. Hierarchical clustering by average linkage over the
    distance 1 − ρ, cut at 1 − `rho_min`. Assets whose correlations are unknown are in no cluster.
    """
    known = _known_to_each_other(rho)
    joined = _joined_by_average_linkage(1.0 - rho[np.ix_(known, known)], 1.0 - rho_min)
    return tuple(sorted(tuple(sorted(assets[known[place]] for place in cluster)) for cluster in joined))


def _joined_by_average_linkage(distances: Floats, distance_max: float) -> list[list[int]]:
    """Join the two clusters that are closest on average until none are within `distance_max`; return the rows of each.

    Distances of average linkage never shrink by joining (R. R. Sokal, C. D. Michener, 1958), so that this is the whole
    tree, cut there. scipy's clustering does the same and costs each process that imports it 29 MB.
    """
    clusters = [[place] for place in range(len(distances))]
    apart = distances.copy()
    np.fill_diagonal(apart, np.inf)
    while len(clusters) > 1:
        one, other = sorted(divmod(int(apart.argmin()), len(clusters)))
        if apart[one, other] > distance_max:
            break
        sizes = len(clusters[one]), len(clusters[other])
        apart[one] = apart[:, one] = np.average(apart[[one, other]], axis=0, weights=sizes)
        apart[one, one] = np.inf
        apart = np.delete(np.delete(apart, other, axis=0), other, axis=1)
        clusters[one] += clusters.pop(other)
    return clusters


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
