"""A venue's derivatives account as it stands: margin, maintenance, and how far each position is from its end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from poise_common.contracts.state import VenueAccount
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.derivatives import MaintenanceRate, Position, VenueDerivatives, derivatives_on
from poise_risk.domain.knowledge.standing import Packages


@dataclass(frozen=True, slots=True)
class MarginAccount:
    """One venue's derivatives account, reservations included."""

    venue: str
    margin_balance_usd: Decimal
    maintenance_usd: Decimal
    derivatives: VenueDerivatives

    @property
    def margin_ratio(self) -> Decimal | None:
        """Margin balance over maintenance margin; None where nothing needs maintenance."""
        return self.margin_balance_usd / self.maintenance_usd if self.maintenance_usd > 0 else None

    def liquidation_distances_pct(self) -> dict[InstrumentId, Decimal]:
        """Return how far each instrument may move against what is held of it until margin is maintenance.

        All else still, and with the nearer one of an instrument of which both longs and shorts are held.
        """
        distances: dict[InstrumentId, Decimal] = {}
        for (instrument_id, _), position in self.derivatives.positions.items():
            distance_pct = self.liquidation_distance_pct(position)
            distances[instrument_id] = min(distance_pct, distances.get(instrument_id, distance_pct))
        return distances

    def liquidation_distance_pct(self, position: Position) -> Decimal:
        """Return how far a price may move against this position, all else still, until margin is maintenance.

        With m the move: balance - notional m = maintenance ± notional m rate, as a short's rises and a long's falls.
        """
        return (self.margin_balance_usd - self.maintenance_usd) * 100 / position.lost_usd


def margin_accounts(
    accounts: Iterable[VenueAccount], packages: Packages, maintenance_rate: MaintenanceRate
) -> Mapping[str, MarginAccount]:
    """Put each venue's account together from its last report and from what stands there.

    The report may be older than a package: maintenance is the larger of what was reported and what the shown
    positions need by their rules, and reservations come on top.
    """
    return {account.venue: _margin_account(account, packages, maintenance_rate) for account in accounts}


def _margin_account(account: VenueAccount, packages: Packages, maintenance_rate: MaintenanceRate) -> MarginAccount:
    standing = derivatives_on(account.venue, packages, maintenance_rate)
    in_flight_maintenance_usd = standing.maintenance_usd - standing.shown_maintenance_usd
    return MarginAccount(
        venue=account.venue,
        margin_balance_usd=account.margin_balance_usd,
        maintenance_usd=max(account.maintenance_margin_usd, standing.shown_maintenance_usd) + in_flight_maintenance_usd,
        derivatives=standing,
    )
