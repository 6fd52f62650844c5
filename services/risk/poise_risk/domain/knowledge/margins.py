"""A venue's derivatives account as it stands: margin, maintenance, and how far each short is from its end."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.state import VenueAccount
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.derivatives import AssetDerivatives, derivatives_by_asset
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.knowledge.symbols import base_of

MaintenanceRate = Callable[[InstrumentId], Decimal]

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class ShortPosition:
    """What is short of one instrument over all packages."""

    instrument_id: InstrumentId
    notional_usd: Decimal
    maintenance_rate: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class MarginAccount:
    """One venue's derivatives account, reservations included; what follows from it alone is kept by its identity."""

    venue: str
    margin_balance_usd: Decimal
    maintenance_usd: Decimal
    derivatives_usd: Decimal
    shorts: tuple[ShortPosition, ...]
    by_asset: Mapping[str, AssetDerivatives]

    @property
    def margin_ratio(self) -> Decimal | None:
        """Margin balance over maintenance margin; None where nothing needs maintenance."""
        return self.margin_balance_usd / self.maintenance_usd if self.maintenance_usd > 0 else None

    def liquidation_distance_pct(self, short: ShortPosition) -> Decimal:
        """Return how far this short may rise, all else still, until the account's margin is its maintenance.

        With r the rise: balance - notional r = maintenance + notional r rate.
        """
        free_usd = self.margin_balance_usd - self.maintenance_usd
        return free_usd * 100 / (short.notional_usd * (1 + short.maintenance_rate))


def margin_accounts(
    accounts: Iterable[VenueAccount], packages: Iterable[StandingPackage], maintenance_rate: MaintenanceRate
) -> Mapping[str, MarginAccount]:
    """Put each venue's account together from its last report and from what stands there.

    The report may be older than a package: maintenance is the larger of what was reported and what the shown
    positions need by their rules, and reservations come on top.
    """
    standing = tuple(packages)
    return {account.venue: _margin_account(account, standing, maintenance_rate) for account in accounts}


def _margin_account(
    account: VenueAccount, packages: tuple[StandingPackage, ...], maintenance_rate: MaintenanceRate
) -> MarginAccount:
    shown_maintenance = derivatives_usd = _NOTHING
    maintenance_by_asset: defaultdict[str, Decimal] = defaultdict(Decimal)
    shorts: dict[InstrumentId, ShortPosition] = {}
    for package in packages:
        for leg in package.derivative_legs:
            if leg.instrument_id.venue != account.venue:
                continue
            rate = maintenance_rate(leg.instrument_id)
            shown_maintenance += leg.shown_usd * rate
            maintenance_by_asset[base_of(leg.instrument_id.symbol)] += leg.notional_usd * rate
            derivatives_usd += leg.notional_usd
            if leg is package.short_leg and leg.notional_usd > 0:
                other = shorts.get(leg.instrument_id)
                notional_usd = leg.notional_usd if other is None else leg.notional_usd + other.notional_usd
                shorts[leg.instrument_id] = ShortPosition(leg.instrument_id, notional_usd, rate)
    in_flight_maintenance = sum(maintenance_by_asset.values(), _NOTHING) - shown_maintenance
    return MarginAccount(
        venue=account.venue,
        margin_balance_usd=account.margin_balance_usd,
        maintenance_usd=max(account.maintenance_margin_usd, shown_maintenance) + in_flight_maintenance,
        derivatives_usd=derivatives_usd,
        shorts=tuple(shorts.values()),
        by_asset=derivatives_by_asset(account.venue, packages, maintenance_by_asset),
    )
