"""What the venues of one world have in common, and how they differ: one latent price an asset, each one's own drift."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from poise_simulator.domain.assets import AssetProfile
from poise_simulator.domain.past_premiums import past_premiums
from poise_simulator.domain.premiums import Premiums
from poise_simulator.domain.randomness import generator_for
from poise_simulator.domain.regimes import RegimeProfile, Span

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """A venue's place in a world of several: what its own draws are named for, and how its prices stray.

    Index prices are a function of the world's assets and seed alone, so venues that are built of the same ones move
    together without knowing of each other. A venue without a place is a world of its own.
    """

    venue: str
    assets: tuple[AssetProfile, ...]
    """All that any venue of the world may list."""
    drift: RegimeProfile

    def seed(self, world_seed: int) -> int:
        """Return the seed of the venue's own draws: its books, premiums and drift."""
        return int(generator_for(world_seed, "venue", self.venue).integers(2**32))


@dataclass(frozen=True, slots=True)
class Outlook:
    """How one venue sees its world: whose index prices it goes by, and what is its own."""

    world: tuple[AssetProfile, ...]
    world_seed: int
    seed: int
    regimes: RegimeProfile
    drift: RegimeProfile | None


def outlook(assets: tuple[AssetProfile, ...], regimes: RegimeProfile, place: Place | None, world_seed: int) -> Outlook:
    """Return how a venue that lists these assets sees its world, which is its own without a place."""
    if place is None:
        return Outlook(assets, world_seed, world_seed, regimes, None)
    own, drift = as_often(regimes, place.assets, assets), as_often(place.drift, place.assets, assets)
    return Outlook(place.assets, world_seed, place.seed(world_seed), own, drift)


def columns_in(world: Sequence[AssetProfile], assets: Sequence[AssetProfile]) -> list[int]:
    """Return each asset's column in the world's arrays. Raises ValueError for one that the world has not."""
    columns = {asset.base: column for column, asset in enumerate(world)}
    missing = [asset.base for asset in assets if asset.base not in columns]
    if missing:
        message = f"assets: the venue's world has no {', '.join(missing)}"
        raise ValueError(message)
    return [columns[asset.base] for asset in assets]


def as_often(profile: RegimeProfile, world: Sequence[AssetProfile], assets: Sequence[AssetProfile]) -> RegimeProfile:
    """Return the profile under which each of a venue's assets has episodes as often as if it listed the whole world."""

    def stretched(gap: Span, *, major: bool) -> Span:
        of_world, of_venue = (
            sum(asset.perpetual is not None and asset.is_major is major for asset in group) for group in (world, assets)
        )
        share = of_world / max(of_venue, 1)
        return Span(gap.low * share, gap.high * share)

    return replace(
        profile,
        major_gap_s=stretched(profile.major_gap_s, major=True),
        minor_gap_s=stretched(profile.minor_gap_s, major=False),
    )


def without_base(assets: Sequence[AssetProfile]) -> tuple[AssetProfile, ...]:
    """Return the assets at no premium of their own: what strays from the world's price comes back to it."""
    return tuple(replace(asset, base_premium_bps=0.0) for asset in assets)


def drift_of(assets: Sequence[AssetProfile], outlook: Outlook, step_s: float) -> Premiums | None:
    """Make how a venue's prices, all of an asset's books alike, stray from the world's, as fractions of them."""
    if outlook.drift is None:
        return None
    return Premiums(without_base(assets), outlook.drift, _drift_seed(outlook), step_s)


def past_drift(assets: Sequence[AssetProfile], outlook: Outlook, minutes: int) -> FloatArray | None:
    """Draw how a venue's prices strayed at each of the last minutes' ends, as fractions: (minutes, assets)."""
    if outlook.drift is None:
        return None
    return past_premiums(without_base(assets), outlook.drift, _drift_seed(outlook), minutes)


def _drift_seed(outlook: Outlook) -> int:
    return int(generator_for(outlook.seed, "drift").integers(2**32))
