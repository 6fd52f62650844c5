"""How near the derivatives accounts would come to their end."""

from collections.abc import Iterator
from decimal import Decimal

from poise_common.contracts.packages import LimitCheck
from poise_risk.domain.gate.entry import AddedDerivatives, Entry
from poise_risk.domain.knowledge.derivatives import Position
from poise_risk.domain.limits.check import all_or_nothing, grows_with_exposure, room
from poise_risk.domain.rules.profiles import of

_ANY = Decimal("Infinity")
_NOTHING = Decimal(0)


def effective_leverage(entry: Entry) -> LimitCheck:
    """Notional of all derivatives on a venue over that account's margin balance, after the trade."""
    checks = [_leverage(entry, added) for added in entry.added]
    return _tightest("effective_leverage", checks)


def margin_ratio(entry: Entry) -> LimitCheck:
    """Margin balance over maintenance margin after the trade; the value is the least of the accounts touched."""
    checks = [_ratio(entry, added) for added in entry.added]
    return _tightest("margin_ratio", checks)


def liquidation_distance(entry: Entry) -> LimitCheck:
    """The move against it in per cent that the nearest derivative leg survives after the trade, with all else still."""
    checks = [_distance(entry, added) for added in entry.added]
    return _tightest("liquidation_distance", checks)


def _tightest(limit: str, checks: list[LimitCheck]) -> LimitCheck:
    if not checks:
        return all_or_nothing(limit, passed=True, detail="no derivative in the request")
    return min(
        checks,
        key=lambda check: (check.passed, _ANY if check.passing_exposure_usd is None else check.passing_exposure_usd),
    )


def _leverage(entry: Entry, added: AddedDerivatives) -> LimitCheck:
    account = added.account
    if account.margin_balance_usd <= 0:
        return all_or_nothing(
            "effective_leverage",
            passed=False,
            allowed=entry.limits.effective_leverage_max,
            detail=f"no margin on {account.venue}",
        )
    return grows_with_exposure(
        "effective_leverage",
        used=account.derivatives.notional_usd / account.margin_balance_usd,
        per_usd=added.notional_per_usd / account.margin_balance_usd,
        exposure_usd=entry.exposure_usd,
        allowed=entry.limits.effective_leverage_max,
        detail=account.venue,
    )


def _ratio(entry: Entry, added: AddedDerivatives) -> LimitCheck:
    account = added.account
    allowed = entry.limits.margin_ratio_entry_min
    rate = added.maintenance_per_usd
    maintenance_usd = account.maintenance_usd + rate * entry.exposure_usd
    allowed_maintenance_usd = account.margin_balance_usd / allowed
    return LimitCheck(
        limit="margin_ratio",
        value=account.margin_balance_usd / maintenance_usd if maintenance_usd > 0 else None,
        allowed=allowed,
        passed=maintenance_usd <= allowed_maintenance_usd,
        passing_exposure_usd=room((allowed_maintenance_usd - account.maintenance_usd, rate)),
        detail=f"at least, on {account.venue}",
    )


def _distance(entry: Entry, added: AddedDerivatives) -> LimitCheck:
    """Free margin must cover the move against each position, with the maintenance that moves with it.

    free - X m >= d (1 ± rate) (notional + X n), with X the exposure, m and n what a USD of it adds to maintenance
    and to this position; plus for a short, which grows as it loses.
    """
    exposure_usd, least_pct = entry.exposure_usd, entry.limits.liquidation_distance_min_pct
    free_usd = added.account.margin_balance_usd - added.account.maintenance_usd
    free_after_usd = free_usd - added.maintenance_per_usd * exposure_usd
    nearest, nearest_pct, uses = None, _ANY, []
    for position, added_per_usd in _exposed(added):
        lost_usd, lost_per_usd = position.lost_usd, position.share_lost * added_per_usd
        survived_pct = free_after_usd * 100 / (lost_usd + lost_per_usd * exposure_usd)
        if nearest is None or survived_pct < nearest_pct:
            nearest, nearest_pct = position.key.instrument_id, survived_pct
        uses.append(
            (free_usd - of(least_pct, lost_usd), added.maintenance_per_usd + of(least_pct, lost_per_usd)),
        )
    return LimitCheck(
        limit="liquidation_distance",
        value=nearest_pct,
        allowed=least_pct,
        passed=all(left >= per_usd * exposure_usd for left, per_usd in uses),
        passing_exposure_usd=room(*uses),
        detail=f"at least, {nearest}",
    )


def _exposed(added: AddedDerivatives) -> Iterator[tuple[Position, Decimal]]:
    """Return what the request adds to, with what a USD of it adds, and the nearest of the others.

    It takes the same from all of those.
    """
    positions = added.account.derivatives.positions
    nearest = positions.least("kept", _kept_usd, {leg.key for leg in added.legs})
    if nearest is not None:
        yield positions[nearest[1]], _NOTHING
    for key, instrument, notional_per_usd, _ in added.legs:
        yield positions.get(key) or Position(key, _NOTHING, instrument.maintenance_margin_rate), notional_per_usd


def _kept_usd(position: Position) -> Decimal:
    return -position.lost_usd
