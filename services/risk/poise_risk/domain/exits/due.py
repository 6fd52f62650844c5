"""The exits that risk watches itself: which packages are to be closed or reduced, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.packages import CloseReason, PackageState
from poise_common.contracts.state import HeldPackage
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.knowledge.margins import MarginAccount
from poise_risk.domain.knowledge.standing import leg_notional_usd
from poise_risk.domain.knowledge.symbols import is_derivative, money_of
from poise_risk.domain.records import LosingDay
from poise_risk.domain.rules.profiles import Profile

WHOLE_PCT = Decimal(100)


@dataclass(frozen=True, slots=True)
class ExitDue:
    """A package that is to go, whole or in part."""

    package_id: UUID
    strategy: str
    asset: str
    reason: CloseReason
    share_pct: Decimal = WHOLE_PCT

    @classmethod
    def of(cls, package: HeldPackage, reason: CloseReason, share_pct: Decimal = WHOLE_PCT) -> "ExitDue":
        return cls(package.package_id, package.strategy, package.asset, reason, share_pct)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the exits look at."""

    packages: tuple[HeldPackage, ...]
    accounts: Mapping[str, MarginAccount]
    peg_deviations_pct: Mapping[str, Decimal]
    losing_days: Mapping[str, LosingDay]
    """Today's, by asset."""
    shrinking_venues: frozenset[str]
    """Venues whose packages may be shrunk now."""
    now: datetime


def exits_due(watched: Watched, limits: Profile) -> tuple[ExitDue, ...]:
    """Return what is to be closed now, at most once a package: what is unhedged first, whole before part."""
    due = {
        package.package_id: ExitDue.of(package, CloseReason.UNHEDGED)
        for package in watched.packages
        if package.state is PackageState.HALTED
    }
    open_ = [package for package in watched.packages if package.state is PackageState.OPEN]
    for package in open_:
        reason = _whole_exit(package, watched, limits)
        if reason is not None:
            due[package.package_id] = ExitDue.of(package, reason)
    for exit_ in (*_asset_reductions(open_, watched, limits), *_margin_reductions(open_, watched, limits)):
        due.setdefault(exit_.package_id, exit_)
    return tuple(due.values())


def margins_to_shrink(accounts: Iterable[MarginAccount], limits: Profile) -> frozenset[str]:
    """Return the venues whose margin ratio is below where packages shrink."""
    return frozenset(
        account.venue
        for account in accounts
        if account.margin_ratio is not None and account.margin_ratio < limits.margin_ratio_shrink_below
    )


def profit_pct(package: HeldPackage) -> Decimal:
    """Return what a package has made after costs, in per cent of its exposure."""
    if package.exposure_usd <= 0:
        return Decimal(0)
    made_usd = package.unrealised_pnl_usd + package.funding_usd - package.fees_usd
    return made_usd * 100 / package.exposure_usd


def _whole_exit(package: HeldPackage, watched: Watched, limits: Profile) -> CloseReason | None:
    exits = limits.exits
    money = money_of(package.long_leg.symbol) | money_of(package.short_leg.symbol)
    if any(watched.peg_deviations_pct.get(coin, Decimal(0)) > limits.depeg_close_pct for coin in money):
        return CloseReason.DEPEG
    made_pct = profit_pct(package)
    if made_pct <= -exits.stop_loss_pct:
        return CloseReason.STOP_LOSS
    distance_pct = _liquidation_distance_pct(package, watched)
    if distance_pct is not None and distance_pct < exits.liquidation_distance_pct:
        return CloseReason.LIQUIDATION_DISTANCE
    if made_pct >= exits.profit_target_pct:
        return CloseReason.PROFIT_TARGET
    if watched.now - package.opened_at > exits.age_max(package.strategy):
        return CloseReason.AGE
    return None


def _liquidation_distance_pct(package: HeldPackage, watched: Watched) -> Decimal | None:
    leg = package.short_leg
    account = watched.accounts.get(leg.venue)
    if account is None:
        return None
    instrument_id = InstrumentId(leg.venue, leg.symbol)
    short = next((short for short in account.shorts if short.instrument_id == instrument_id), None)
    return None if short is None else account.liquidation_distance_pct(short)


def _asset_reductions(packages: list[HeldPackage], watched: Watched, limits: Profile) -> list[ExitDue]:
    return [
        ExitDue.of(package, CloseReason.ASSET_DAILY_LOSS, limits.exits.reduce_by_pct)
        for package in packages
        if (day := watched.losing_days.get(package.asset)) is not None
        and package.package_id not in day.reduced_packages
    ]


def _margin_reductions(packages: list[HeldPackage], watched: Watched, limits: Profile) -> list[ExitDue]:
    """One package a venue at a time, the one with most derivatives there: each step is measured before the next."""
    due = []
    for venue in sorted(watched.shrinking_venues):
        largest = max(packages, key=lambda package: _derivatives_usd(package, venue), default=None)
        if largest is not None and _derivatives_usd(largest, venue) > 0:
            due.append(ExitDue.of(largest, CloseReason.MARGIN, limits.exits.reduce_by_pct))
    return due


def _derivatives_usd(package: HeldPackage, venue: str) -> Decimal:
    legs = (package.long_leg, package.short_leg)
    return sum((leg_notional_usd(leg) for leg in legs if leg.venue == venue and is_derivative(leg.symbol)), Decimal(0))
