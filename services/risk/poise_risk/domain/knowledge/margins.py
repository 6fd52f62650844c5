"""A venue's derivatives account as it stands: margin, maintenance, and how far each short is from its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.state import VenueAccount
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.derivatives import AssetDerivatives, MaintenanceRate, derivatives_by_asset
from poise_risk.domain.knowledge.standing import StandingPackage
from poise_risk.domain.knowledge.symbols import is_derivative


@dataclass(frozen=True, slots=True)
class ShortPosition:
    """What is short of one instrument over all packages."""

    instrument_id: InstrumentId
    notional_usd: Decimal
    maintenance_rate: Decimal


@dataclass(frozen=True, slots=True)
class MarginAccount:
    """One venue's derivatives account, reservations included."""

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
    shown_maintenance = reserved_maintenance = derivatives_usd = Decimal(0)
    shorts: dict[InstrumentId, Decimal] = {}
    for package in packages:
        for leg in package.legs:
            if leg.instrument_id.venue != account.venue or not is_derivative(leg.instrument_id.symbol):
                continue
            rate = maintenance_rate(leg.instrument_id)
            shown_maintenance += leg.shown_usd * rate
            reserved_maintenance += (leg.notional_usd - leg.shown_usd) * rate
            derivatives_usd += leg.notional_usd
            if leg is package.short_leg:
                shorts[leg.instrument_id] = shorts.get(leg.instrument_id, Decimal(0)) + leg.notional_usd
    return MarginAccount(
        venue=account.venue,
        margin_balance_usd=account.margin_balance_usd,
        maintenance_usd=max(account.maintenance_margin_usd, shown_maintenance) + reserved_maintenance,
        derivatives_usd=derivatives_usd,
        shorts=tuple(
            ShortPosition(instrument_id, notional, maintenance_rate(instrument_id))
            for instrument_id, notional in shorts.items()
            if notional > 0
        ),
        by_asset=derivatives_by_asset(account.venue, packages, maintenance_rate),
    )
