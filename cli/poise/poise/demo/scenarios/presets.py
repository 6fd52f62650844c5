"""The scenarios of a demo, as data: what the venue calls them, when they strike, and what must hold."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from poise.demo.scenarios import rules
from poise.demo.scenarios.rules import Rule
from poise_common.contracts.state import HeldPackage
from poise_common.domain.instruments import is_perpetual


class ScenarioName(StrEnum):
    """As the venue calls them."""

    CORRELATED_CRASH = "correlated-crash"
    SINGLE_ASSET_ANOMALY = "single-asset-anomaly"
    LIQUIDITY_CRISIS = "liquidity-crisis"
    FUNDING_FLIP = "funding-flip"
    STABLECOIN_DEPEG = "stablecoin-depeg"
    VENUE_OUTAGE = "venue-outage"


@dataclass(frozen=True, slots=True)
class Preset:
    """One scenario: the bounds it is played for, and how long the desk gets to keep them.

    That is `then_s` and so many funding intervals, after the venue's own length of it.
    """

    bounds: tuple[Rule, ...]
    then_s: float
    then_intervals: int = 0
    concerns: Callable[[HeldPackage], bool] = lambda _: True
    """Which packages its bounds are about."""
    strikes_one_venue: bool = False
    """The first of the demo's; the others go on, and may be traded at."""
    packages_held_first: int = 2
    """It strikes once so many that it concerns are held, or after half of the run what there is."""

    def needs_s(self, lasts_s: float, funding_interval_s: float) -> float:
        """Return how long the bounds take to tell, from the strike on."""
        return lasts_s + self.then_s + self.then_intervals * funding_interval_s


def _lives_by_funding(package: HeldPackage) -> bool:
    """A dated future is paid no funding, and two assets are held for how they move against each other."""
    legs = package.long_leg, package.short_leg
    return len(package.assets) == 1 and any(is_perpetual(leg.symbol) for leg in legs)


PRESETS = {
    ScenarioName.CORRELATED_CRASH: Preset((rules.portfolio_loss, rules.no_liquidation), then_s=20),
    ScenarioName.SINGLE_ASSET_ANOMALY: Preset(
        (rules.struck_asset_loss, rules.no_liquidation, rules.others_go_on), then_s=15
    ),
    ScenarioName.LIQUIDITY_CRISIS: Preset(
        (rules.no_entries, rules.exits_fit_the_books, rules.slippage_is_stated), then_s=10
    ),
    ScenarioName.FUNDING_FLIP: Preset(
        (rules.few_settlements_against, rules.nothing_kept, rules.little_net_cost),
        then_s=20,
        then_intervals=3,
        concerns=_lives_by_funding,
    ),
    ScenarioName.STABLECOIN_DEPEG: Preset((rules.no_entries, rules.nothing_kept), then_s=40),
    ScenarioName.VENUE_OUTAGE: Preset(
        (rules.soon_hedged, rules.no_entries), then_s=30, packages_held_first=1, strikes_one_venue=True
    ),
}
