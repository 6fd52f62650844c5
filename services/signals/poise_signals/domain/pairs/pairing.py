"""Which assets are looked at as a pair."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from poise_common.contracts.market_data import Universe, UniverseAsset
from poise_common.domain.instruments import InstrumentId, InstrumentKind


class PairKey(NamedTuple):
    """Two perpetuals of one venue in a fixed order: the first is what the second is to explain."""

    first: InstrumentId
    second: InstrumentId

    def __str__(self) -> str:
        return f"{self.first.symbol}~{self.second.symbol}"


class AssetPair(NamedTuple):
    first: UniverseAsset
    second: UniverseAsset

    @property
    def key(self) -> PairKey:
        return PairKey(self.first.hedge.id, self.second.hedge.id)


def pairs_of(universe: Universe, listed: Sequence[tuple[str, str]], pairs_max: int) -> tuple[AssetPair, ...]:
    """Return the pairs to look at: the listed ones, or where none are, each two of one sector and venue.

    Of more than `pairs_max` those whose less traded asset is traded most; in the order of their names, which is the
    order within a pair too, so that neither depends on what is traded today.
    """
    found = list(_listed(universe, listed) if listed else _of_one_sector(universe))
    found.sort(key=lambda pair: -min(pair.first.hedge_volume_24h_usd, pair.second.hedge_volume_24h_usd))
    return tuple(sorted(found[:pairs_max], key=lambda pair: pair.key))


def _tradable(universe: Universe) -> Iterator[UniverseAsset]:
    return (asset for asset in universe.assets if asset.hedge.kind is InstrumentKind.LINEAR_PERPETUAL)


def _of_one_sector(universe: Universe) -> Iterator[AssetPair]:
    by_name: Iterable[UniverseAsset] = sorted(_tradable(universe), key=lambda asset: asset.asset)
    for first, second in combinations(by_name, 2):
        if (first.venue, first.sector) == (second.venue, second.sector):
            yield AssetPair(first, second)


def _listed(universe: Universe, listed: Sequence[tuple[str, str]]) -> Iterator[AssetPair]:
    by_place = {(asset.venue, asset.asset): asset for asset in _tradable(universe)}
    for venue in sorted({asset.venue for asset in universe.assets}):
        for first_name, second_name in listed:
            first, second = by_place.get((venue, first_name)), by_place.get((venue, second_name))
            if first is not None and second is not None:
                yield AssetPair(first, second)
