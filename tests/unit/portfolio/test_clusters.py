from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fclusterdata

from poise_portfolio.domain.arrays import Floats
from poise_portfolio.domain.correlations.clusters import Clusters, clusters_of

RHO_MIN = 0.9


def matrix(pairs: dict[tuple[str, str], float | None], assets: str) -> Floats:
    """Correlations by pairs of letters; those that are not given are 0, None is unknown."""
    rho = np.eye(len(assets))
    for (one, other), value in pairs.items():
        i, j = assets.index(one), assets.index(other)
        rho[i, j] = rho[j, i] = np.nan if value is None else value
    return rho


def drawn(seed: int, size: int, points: int = 30) -> Floats:
    """Correlations of a few factors with a little noise of each asset's own: some move as one, some do not."""
    dice = np.random.default_rng(seed)
    factors = dice.normal(size=(max(1, size // 3), points))
    series = factors[dice.integers(len(factors), size=size)] + dice.uniform(0.05, 0.6, (size, 1)) * dice.normal(
        size=(size, points)
    )
    return np.corrcoef(series).reshape(size, size)


def by_hand(rho: Floats, rho_min: float) -> set[frozenset[int]]:
    """Join the two clusters that correlate most on average, until none do by so much."""
    clusters = [frozenset({place}) for place in range(len(rho))]
    while len(clusters) > 1:
        best, pair = max(
            (float(rho[np.ix_(sorted(one), sorted(other))].mean()), (one, other))
            for one, other in combinations(clusters, 2)
        )
        if best < rho_min:
            break
        clusters = [cluster for cluster in clusters if cluster not in pair] + [pair[0] | pair[1]]
    return set(clusters)


def test_two_that_move_as_one_are_a_cluster_and_the_third_is_its_own() -> None:
    rho = matrix({("A", "C"): 0.95, ("A", "B"): 0.5}, "ABC")
    assert clusters_of("ABC", rho, RHO_MIN) == (("A", "C"), ("B",))


def test_the_threshold_itself_makes_a_cluster() -> None:
    assert clusters_of("AB", matrix({("A", "B"): 0.9}, "AB"), RHO_MIN) == (("A", "B"),)
    assert clusters_of("AB", matrix({("A", "B"): 0.899}, "AB"), RHO_MIN) == (("A",), ("B",))


def test_a_chain_is_no_cluster_where_its_ends_are_far_apart() -> None:
    # joined, A and B correlate with C by (0.7 + 0.93) / 2 on average
    rho = matrix({("A", "B"): 0.95, ("B", "C"): 0.93, ("A", "C"): 0.7}, "ABC")
    assert clusters_of("ABC", rho, RHO_MIN) == (("A", "B"), ("C",))
    assert clusters_of("ABC", rho, 0.81) == (("A", "B", "C"),)


def test_opposites_are_no_cluster() -> None:
    assert clusters_of("AB", matrix({("A", "B"): -1.0}, "AB"), RHO_MIN) == (("A",), ("B",))


def test_an_asset_that_is_unknown_to_the_others_is_in_no_cluster_and_leaves_theirs_alone() -> None:
    rho = matrix({("A", "B"): 0.95, ("A", "N"): None, ("B", "N"): None, ("N", "N"): None}, "ABN")
    assert clusters_of("ABN", rho, RHO_MIN) == (("A", "B"),)


def test_of_two_that_are_unknown_to_each_other_one_is_in_no_cluster() -> None:
    rho = matrix({("A", "B"): None, ("A", "C"): 0.95, ("B", "C"): 0.95}, "ABC")
    assert clusters_of("ABC", rho, RHO_MIN) == (("B", "C"),)


@pytest.mark.parametrize(("assets", "clusters"), [("", ()), ("A", (("A",),))])
def test_one_asset_is_a_cluster_and_none_are_none(assets: str, clusters: Clusters) -> None:
    assert clusters_of(assets, matrix({}, assets), RHO_MIN) == clusters


def test_where_nothing_is_known_there_are_no_clusters() -> None:
    assert clusters_of("ABC", np.full((3, 3), np.nan), RHO_MIN) == ()


sizes, seeds, thresholds = st.integers(2, 14), st.integers(0, 10_000), st.floats(0.3, 0.97)


@given(seeds, sizes, thresholds)
@settings(max_examples=100)
def test_clusters_are_those_of_joining_the_closest_by_hand(seed: int, size: int, rho_min: float) -> None:
    rho, assets = drawn(seed, size), names(size)
    expected = {frozenset(assets[place] for place in cluster) for cluster in by_hand(rho, rho_min)}
    assert {frozenset(cluster) for cluster in clusters_of(assets, rho, rho_min)} == expected


@given(seeds, sizes)
@settings(max_examples=50)
def test_clusters_are_those_that_scipy_makes_of_the_series_themselves(seed: int, size: int) -> None:
    dice = np.random.default_rng(seed)
    series = dice.normal(size=(1, 30)) + dice.uniform(0.05, 0.6, (size, 1)) * dice.normal(size=(size, 30))
    labels = fclusterdata(series, 1 - RHO_MIN, criterion="distance", metric="correlation", method="average")
    found = clusters_of(names(size), np.corrcoef(series).reshape(size, size), RHO_MIN)
    assert sorted(len(cluster) for cluster in found) == sorted(np.unique(labels, return_counts=True)[1])


@given(seeds, sizes, st.data())
@settings(max_examples=100)
def test_the_order_of_assets_does_not_matter_and_each_known_one_is_in_one_cluster(
    seed: int, size: int, data: st.DataObject
) -> None:
    rho, assets = drawn(seed, size), names(size)
    unknown = data.draw(st.sets(st.integers(0, size - 1), max_size=size - 1))
    for place in unknown:
        rho[place, :] = rho[:, place] = np.nan
    order = data.draw(st.permutations(range(size)))
    clusters = clusters_of(assets, rho, RHO_MIN)
    again = clusters_of([assets[place] for place in order], rho[np.ix_(order, order)], RHO_MIN)
    assert again == clusters
    known = sorted(asset for place, asset in enumerate(assets) if place not in unknown)
    assert sorted(asset for cluster in clusters for asset in cluster) == known


@given(seeds, sizes, thresholds, thresholds)
@settings(max_examples=50)
def test_asking_for_more_splits_clusters_and_never_joins_any(seed: int, size: int, one: float, other: float) -> None:
    assume(one != other)
    rho, assets = drawn(seed, size), names(size)
    loose = clusters_of(assets, rho, min(one, other))
    strict = clusters_of(assets, rho, max(one, other))
    assert all(any(set(cluster) <= set(wider) for wider in loose) for cluster in strict)


def names(size: int) -> list[str]:
    return [f"A{number:02}" for number in range(size)]
