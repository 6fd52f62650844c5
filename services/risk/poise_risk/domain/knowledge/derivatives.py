"""What of each asset hangs on a venue's derivatives account."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.standing import StandingLeg, StandingPackage
from poise_risk.domain.knowledge.symbols import base_of, is_derivative, settle_of

MaintenanceRate = Callable[[InstrumentId], Decimal]


@dataclass(frozen=True, slots=True)
class AssetDerivatives:
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

    @property
    def loses_by_no_fall(self) -> bool:
        """Say whether all that may stand here is short."""
        return self.shown_net_usd + self.gaining_in_flight_usd <= 0

    def gained_usd(self, move: Decimal) -> Decimal:
        """Return what a move of the asset, as a fraction, makes here; what is in flight may lose but not gain yet."""
        in_flight_usd = -self.losing_in_flight_usd if move > 0 else self.gaining_in_flight_usd
        return (self.shown_net_usd + in_flight_usd) * move


class _SignedLeg(NamedTuple):
    package_id: UUID
    leg: StandingLeg
    sign: int


def derivatives_by_asset(
    venue: str, packages: Iterable[StandingPackage], maintenance_rate: MaintenanceRate
) -> dict[str, AssetDerivatives]:
    """Sum what stands on a venue, by asset."""
    by_asset: defaultdict[str, list[_SignedLeg]] = defaultdict(list)
    for signed in _derivative_legs(venue, packages):
        by_asset[base_of(signed.leg.instrument_id.symbol)].append(signed)
    return {asset: _summed(legs, maintenance_rate) for asset, legs in by_asset.items()}


def _derivative_legs(venue: str, packages: Iterable[StandingPackage]) -> Iterator[_SignedLeg]:
    for package in packages:
        for leg, sign in ((package.long_leg, 1), (package.short_leg, -1)):
            if leg.instrument_id.venue == venue and is_derivative(leg.instrument_id.symbol):
                yield _SignedLeg(package.package_id, leg, sign)


def _summed(legs: Iterable[_SignedLeg], maintenance_rate: MaintenanceRate) -> AssetDerivatives:
    shown_usd = maintenance_usd = Decimal(0)
    in_flight: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    settle_coins: set[str] = set()
    for package_id, leg, sign in legs:
        shown_usd += sign * leg.shown_usd
        in_flight[package_id] += sign * (leg.notional_usd - leg.shown_usd)
        maintenance_usd += leg.notional_usd * maintenance_rate(leg.instrument_id)
        settle_coins.add(settle_of(leg.instrument_id.symbol))
    return AssetDerivatives(
        shown_net_usd=shown_usd,
        gaining_in_flight_usd=sum((net for net in in_flight.values() if net > 0), Decimal(0)),
        losing_in_flight_usd=-sum((net for net in in_flight.values() if net < 0), Decimal(0)),
        maintenance_usd=maintenance_usd,
        settle_coins=frozenset(settle_coins),
    )
