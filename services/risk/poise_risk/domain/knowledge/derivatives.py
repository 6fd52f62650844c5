"""What packages have in derivatives on a venue: in all, of each asset, and of each instrument."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from poise_common.contracts.packages import LegRole
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.grown import Grown
from poise_risk.domain.knowledge.standing import Packages, StandingDerivative, StandingPackage

MaintenanceRate = Callable[[InstrumentId], Decimal]

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

    def with_package(self, derivative: StandingDerivative, maintenance_usd: Decimal) -> "AssetDerivatives":
        """Add what one package has of the asset, with what it needs."""
        in_flight_usd = derivative.in_flight_net_usd
        return AssetDerivatives(
            self.shown_net_usd + derivative.shown_net_usd,
            self.gaining_in_flight_usd + max(in_flight_usd, _NOTHING),
            self.losing_in_flight_usd - min(in_flight_usd, _NOTHING),
            self.maintenance_usd + maintenance_usd,
            self.settle_coins | derivative.settle_coins,
        )


_NO_DERIVATIVES = AssetDerivatives()


class LegPosition(NamedTuple):
    """Which leg of which instrument: longs and shorts of one count each by themselves, as if the other were gone."""

    instrument_id: InstrumentId
    role: LegRole


@dataclass(frozen=True)
class Position:
    """What is long, or short, of one instrument over all packages."""

    key: LegPosition
    notional_usd: Decimal
    maintenance_rate: Decimal

    @cached_property
    def share_lost(self) -> Decimal:
        """What a move of 100 % against it takes of its notional: all of it, and the maintenance that moves with it.

        A rise adds to what a short leg must keep; a fall takes from what a long leg must.
        """
        return 1 + self.maintenance_rate if self.key.role is LegRole.SHORT else 1 - self.maintenance_rate

    @cached_property
    def lost_usd(self) -> Decimal:
        """What a move of 100 % against it would take."""
        return self.notional_usd * self.share_lost


@dataclass(frozen=True)
class VenueDerivatives:
    """All derivatives on one venue, in USD."""

    notional_usd: Decimal = Decimal(0)
    shown_maintenance_usd: Decimal = Decimal(0)
    """Of what the ledger shows."""
    maintenance_usd: Decimal = Decimal(0)
    """In flight included."""
    positions: Grown[LegPosition, Position] = field(default_factory=lambda: Grown({}))
    by_asset: Grown[str, AssetDerivatives] = field(default_factory=lambda: Grown({}))

    @cached_property
    def settle_coins(self) -> frozenset[str]:
        """What they are settled in."""
        return frozenset().union(*{each.settle_coins for each in self.by_asset.values()})


def derivatives_on(venue: str, packages: Packages, maintenance_rate: MaintenanceRate) -> VenueDerivatives:
    """Sum what stands on a venue; the rates that one function names never change."""

    def add(before: VenueDerivatives | None, more: Iterable[StandingPackage]) -> VenueDerivatives:
        here = [(package, each) for package in more for each in package.derivatives if each.venue == venue]
        if not here:
            return before or VenueDerivatives()
        return _with_packages(before or VenueDerivatives(), here, maintenance_rate)

    return packages.summed((venue, maintenance_rate), add)


def _with_packages(
    before: VenueDerivatives,
    here: Iterable[tuple[StandingPackage, StandingDerivative]],
    maintenance_rate: MaintenanceRate,
) -> VenueDerivatives:
    notional_usd, shown_maintenance_usd = before.notional_usd, before.shown_maintenance_usd
    maintenance_usd = before.maintenance_usd
    positions: dict[LegPosition, Position] = {}
    by_asset: dict[str, AssetDerivatives] = {}
    for package, derivative in here:
        needed_usd = _NOTHING
        for leg in derivative.legs:
            rate = maintenance_rate(leg.instrument_id)
            notional_usd += leg.notional_usd
            shown_maintenance_usd += leg.shown_usd * rate
            needed_usd += leg.notional_usd * rate
            if leg.notional_usd > 0:
                key = LegPosition(leg.instrument_id, LegRole.SHORT if leg is package.short_leg else LegRole.LONG)
                other = positions.get(key) or before.positions.get(key)
                together_usd = leg.notional_usd if other is None else leg.notional_usd + other.notional_usd
                positions[key] = Position(key, together_usd, rate)
        maintenance_usd += needed_usd
        asset = derivative.asset
        of_asset = by_asset.get(asset) or before.by_asset.get(asset, _NO_DERIVATIVES)
        by_asset[asset] = of_asset.with_package(derivative, needed_usd)
    return VenueDerivatives(
        notional_usd,
        shown_maintenance_usd,
        maintenance_usd,
        Grown(positions, before.positions),
        Grown(by_asset, before.by_asset),
    )
