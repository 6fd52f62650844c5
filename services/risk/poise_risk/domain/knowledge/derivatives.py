"""What of each asset hangs on a venue's derivatives account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from poise_risk.domain.knowledge.standing import StandingDerivative, StandingPackage

_NOTHING = Decimal(0)


class AssetDerivatives(NamedTuple):
    """All derivatives of one asset on an account, in USD."""

    shown_net_usd: Decimal = Decimal(0)
    """Longs less shorts, as the ledger shows them."""
    gaining_in_flight_usd: Decimal = Decimal(0)
    """What packages in flight may yet add to that: longs less shorts of those that would gain from a rise…"""
    losing_in_flight_usd: Decimal = Decimal(0)
    """…and, above zero, shorts less longs of those that would lose from one."""
    maintenance_usd: Decimal = Decimal(0)
    """In flight included."""
    settle_coins: frozenset[str] = frozenset()

    def gained_usd(self, move: Decimal) -> Decimal:
        """Return what a move of the asset, as a fraction, makes here; what is in flight may lose but not gain yet."""
        in_flight_usd = -self.losing_in_flight_usd if move > 0 else self.gaining_in_flight_usd
        return (self.shown_net_usd + in_flight_usd) * move


def derivatives_by_asset(
    venue: str, packages: Iterable[StandingPackage], maintenance_usd: Mapping[str, Decimal]
) -> dict[str, AssetDerivatives]:
    """Sum what stands on a venue, by asset; each asset's maintenance is given."""
    by_asset: defaultdict[str, list[StandingDerivative]] = defaultdict(list)
    for package in packages:
        for each in package.derivatives:
            if each.venue == venue:
                by_asset[each.asset].append(each)
    return {asset: _summed(found, maintenance_usd[asset]) for asset, found in by_asset.items()}


def _summed(found: Sequence[StandingDerivative], maintenance_usd: Decimal) -> AssetDerivatives:
    settle_coins = found[0].settle_coins
    shown_usd = gaining_usd = losing_usd = _NOTHING
    for each in found:
        shown_usd += each.shown_net_usd
        if each.in_flight_net_usd > 0:
            gaining_usd += each.in_flight_net_usd
        elif each.in_flight_net_usd < 0:
            losing_usd -= each.in_flight_net_usd
        if each.settle_coins is not settle_coins:
            settle_coins |= each.settle_coins
    return AssetDerivatives(shown_usd, gaining_usd, losing_usd, maintenance_usd, settle_coins)
