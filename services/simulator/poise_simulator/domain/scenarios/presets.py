"""The crises that the desk must survive, as data."""

from dataclasses import dataclass
from enum import StrEnum

from poise_simulator.domain.levers import UNTOUCHED, Pull
from poise_simulator.domain.scenarios.paths import Keyframe

THINNED = 0.1


class Scope(StrEnum):
    """What a scenario strikes; the first two take no asset, the others a base's name."""

    VENUE = "the venue"
    EVERY_ASSET = "every asset but stablecoins"
    PERPETUALS = "every perpetual, or an asset's"
    BOOKS = "every book, or an asset's"
    ONE_ASSET = "one asset; without one, the asset most is held of"
    STABLECOIN = "a stablecoin; without one, what all is quoted in"


@dataclass(frozen=True, slots=True)
class Preset:
    """One crisis: whom it strikes, and the way of the levers over its duration.

    One that ends untouched is over then; any other stays as it is in the end until it is ended. One that
    `waits_for_an_entry` begins in the moment that an account's opening order has traded.
    """

    name: str
    summary: str
    scope: Scope
    duration_s: float
    path: tuple[Keyframe, ...]
    waits_for_an_entry: bool = False


_PRESETS = (
    Preset(
        "correlated-crash",
        "All assets fall by 40 % together within duration_s, through books of a tenth of their depth, and stay there.",
        Scope.EVERY_ASSET,
        duration_s=45.0,
        path=(Keyframe(0.0, Pull(depth=THINNED)), Keyframe(1.0, Pull(price=0.6, depth=THINNED))),
    ),
    Preset(
        "single-asset-anomaly",
        "One asset's price triples and comes back within duration_s, in thin books; then it is delisted: halted.",
        Scope.ONE_ASSET,
        duration_s=60.0,
        path=(
            Keyframe(0.0, Pull(depth=THINNED)),
            Keyframe(0.2, Pull(price=3.0, depth=THINNED)),
            Keyframe(0.5, Pull(price=3.0, depth=THINNED)),
            Keyframe(1.0, Pull(depth=THINNED, is_halted=True)),
        ),
    ),
    Preset(
        "liquidity-crisis",
        "For duration_s, books hold 5 % of their depth, and spreads are 20 times as wide.",
        Scope.BOOKS,
        duration_s=60.0,
        path=(Keyframe(0.0, Pull(depth=0.05, spread=20.0)), Keyframe(1.0, UNTOUCHED)),
    ),
    Preset(
        "funding-flip",
        "Funding turns, within duration_s, to shorts paying 0.05 % each interval, and stays there.",
        Scope.PERPETUALS,
        duration_s=5.0,
        path=(
            Keyframe(0.0, Pull(funding_rate_per_interval=0.0)),
            Keyframe(1.0, Pull(funding_rate_per_interval=-0.0005)),
        ),
    ),
    Preset(
        "stablecoin-depeg",
        "A stablecoin falls to 0.90 within duration_s and stays there; all that is quoted in it rises against it.",
        Scope.STABLECOIN,
        duration_s=10.0,
        path=(Keyframe(0.0, UNTOUCHED), Keyframe(1.0, Pull(price=0.9))),
    ),
    Preset(
        "venue-outage",
        "From the trade of an account's next opening order on, nothing is answered and no stream flows for duration_s.",
        Scope.VENUE,
        duration_s=15.0,
        path=(Keyframe(0.0, Pull(is_out=True)), Keyframe(1.0, UNTOUCHED)),
        waits_for_an_entry=True,
    ),
)

PRESETS = {preset.name: preset for preset in _PRESETS}
