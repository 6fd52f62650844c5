"""What is known of a scenario once it was played: what stood when it struck, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from poise.demo.course import Course

SEEN_WITHIN = timedelta(seconds=2)
"""A decision may go by books of a second ago; what was under way when the venue changed is no answer to it."""


@dataclass(frozen=True, slots=True)
class Strike:
    """The moment it struck, and what was held then: each package's exposure and asset."""

    at: datetime
    held: Mapping[UUID, "HeldThen"]
    asset: str | None = None
    """The one asset it strikes, if it strikes one."""
    venue: str | None = None
    """The one venue it strikes, if it does not strike all of them."""


@dataclass(frozen=True, slots=True)
class HeldThen:
    """A package as it was held when the scenario struck; `worth_usd` is its result up to then."""

    asset: str
    exposure_usd: Decimal
    worth_usd: Decimal


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a package; `result_usd` is what it has brought in, all but what is unrealised."""

    closed_at: datetime | None
    result_usd: Decimal


@dataclass(frozen=True, slots=True)
class Entry:
    """An opening that risk approved after the strike."""

    asset: str
    decided_at: datetime
    venues: frozenset[str]
    """Of its legs; none where the decision does not say."""


@dataclass(frozen=True, slots=True)
class Mandate:
    """An approval that execution had under way during the scenario; `ended_at` is None where it still has."""

    package_id: UUID
    taken_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sighting:
    """What each package was unhedged by, in USD, when the portfolio told it."""

    as_of: datetime
    residuals_usd: Mapping[UUID, Decimal]


@dataclass(frozen=True, slots=True)
class Aftermath:
    """All that bounds are measured on; `over_at` is None for what stays as it is."""

    strike: Strike
    over_at: datetime | None
    read_at: datetime
    course: Course
    liquidations: int
    entries: Sequence[Entry]
    fates: Mapping[UUID, Fate]
    settlements_against: int
    """The most that any package has paid since, those entered since included."""
    mandates: Sequence[Mandate]
    sightings: Sequence[Sighting]
    exit_slippages_bps: Sequence[Decimal]
    exits_without_slippage: int
    """Closings approved since the strike whose reason is silent about the slippage expected."""

    @property
    def entries_meanwhile(self) -> int:
        """Count the openings approved where it struck, once the desk must have seen it, until it was over."""
        since, until = self.strike.at + SEEN_WITHIN, self.over_at or self.read_at
        venue = self.strike.venue
        struck = [each for each in self.entries if venue is None or venue in each.venues or not each.venues]
        return sum(since < entry.decided_at <= until for entry in struck)

    @property
    def entries_elsewhere(self) -> int:
        """Count the openings in assets that were not struck."""
        return sum(entry.asset != self.strike.asset for entry in self.entries)

    @property
    def still_held(self) -> int:
        """Count the packages held when it struck that are not closed."""
        return sum(self._is_open(package_id) for package_id in self.strike.held)

    @property
    def worst_exit_slippage_bps(self) -> Decimal:
        """Return the worst average price of a closing order, against the price it was decided at."""
        return max(self.exit_slippages_bps, default=Decimal(0))

    @property
    def net_cost_pct(self) -> Decimal | None:
        """Return what the packages held then have cost since, in percent of their exposure; None while one is held."""
        if self.still_held:
            return None
        cost_usd = sum(
            then.worth_usd - self.fates[package_id].result_usd for package_id, then in self.strike.held.items()
        )
        exposure_usd = sum(then.exposure_usd for then in self.strike.held.values())
        return 100 * Decimal(cost_usd) / exposure_usd if exposure_usd else Decimal(0)

    def unhedged_s(self, residual_cap_usd: Decimal) -> Decimal | None:
        """Return how long after its end the last package was seen hedged or flat; None if one never was."""
        if self.over_at is None:
            return None
        latest = timedelta(0)
        for package_id, since in self._to_be_hedged(self.over_at).items():
            hedged_at = self._hedged_at(package_id, since, residual_cap_usd)
            if hedged_at is None:
                return None
            latest = max(latest, hedged_at - self.over_at)
        return Decimal(str(latest.total_seconds()))

    def _to_be_hedged(self, over_at: datetime) -> dict[UUID, datetime | None]:
        """Return each package under way meanwhile, with when nothing of it was in doubt any more."""
        certain: dict[UUID, datetime | None] = dict.fromkeys(self.strike.held, over_at)
        for mandate in self.mandates:
            if mandate.taken_at > over_at:
                continue
            known = certain.get(mandate.package_id, over_at)
            certain[mandate.package_id] = (
                None if known is None or mandate.ended_at is None else max(known, mandate.ended_at)
            )
        return certain

    def _hedged_at(self, package_id: UUID, since: datetime | None, residual_cap_usd: Decimal) -> datetime | None:
        if since is None:
            return None
        for sighting in self.sightings:
            if sighting.as_of >= since and abs(sighting.residuals_usd.get(package_id, Decimal(0))) <= residual_cap_usd:
                return max(since, sighting.as_of)
        return None

    def _is_open(self, package_id: UUID) -> bool:
        fate = self.fates.get(package_id)
        return fate is None or fate.closed_at is None
