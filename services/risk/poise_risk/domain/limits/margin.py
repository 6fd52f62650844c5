"""How near the derivatives accounts would come to their end."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from poise_common.contracts.packages import LimitCheck
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.gate.entry import AddedDerivatives, Entry, EntryLeg
from poise_risk.domain.knowledge.derivatives import LegPosition, Position
from poise_risk.domain.limits.check import all_or_nothing, grows_with_exposure, room, smallest
from poise_risk.domain.rules.profiles import of

_ANY = Decimal("Infinity")


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
        passing_exposure_usd=room(allowed_maintenance_usd - account.maintenance_usd, rate),
        detail=f"at least, on {account.venue}",
    )


def _distance(entry: Entry, added: AddedDerivatives) -> LimitCheck:
    survived = _survived(entry, added, _nearest(added))
    nearest = min(survived, key=attrgetter("move_pct"))
    return LimitCheck(
        limit="liquidation_distance",
        value=nearest.move_pct,
        allowed=entry.limits.liquidation_distance_min_pct,
        passed=all(each.is_enough for each in survived),
        passing_exposure_usd=smallest([each.passing_exposure_usd for each in survived]),
        detail=f"at least, {nearest.instrument_id}",
    )


def _nearest(added: AddedDerivatives) -> Iterator[tuple[Position, EntryLeg | None]]:
    """Return what the request adds to, and the nearest of the others: it takes the same from all of them."""
    positions = added.account.derivatives.positions
    legs = {LegPosition(leg.intent.instrument_id, leg.intent.role): leg for leg in added.legs}
    nearest = positions.least("kept_usd", _kept_usd, frozenset(legs))
    if nearest is not None:
        yield positions[nearest[1]], None
    for key, leg in legs.items():
        yield positions.get(key) or Position(key, Decimal(0), leg.instrument.maintenance_margin_rate), leg


def _kept_usd(position: Position) -> Decimal:
    return -position.lost_usd


class _Survived(NamedTuple):
    """What move a position survives after the trade, and the exposure with which that is as much as it must be."""

    instrument_id: InstrumentId
    move_pct: Decimal
    is_enough: bool
    passing_exposure_usd: Decimal | None


def _survived(
    entry: Entry, added: AddedDerivatives, positions: Iterable[tuple[Position, EntryLeg | None]]
) -> list[_Survived]:
    """Free margin must cover the move against each position, with the maintenance that moves with it.

    free - X m >= d (1 ± rate) (notional + X n), with X the exposure, m and n what a USD of it adds to maintenance
    and to this position; plus for a short, which grows as it loses.
    """
    exposure_usd = entry.exposure_usd
    free_usd = added.account.margin_balance_usd - added.account.maintenance_usd
    free_after_usd = free_usd - added.maintenance_per_usd * exposure_usd
    survived = []
    for position, leg in positions:
        added_notional = entry.per_exposure(leg.intent.notional_usd) if leg is not None else Decimal(0)
        needed_per_usd = of(entry.limits.liquidation_distance_min_pct, position.share_lost)
        notional_after_usd = position.notional_usd + added_notional * exposure_usd
        survived.append(
            _Survived(
                position.key.instrument_id,
                move_pct=free_after_usd * 100 / (notional_after_usd * position.share_lost),
                is_enough=free_after_usd >= needed_per_usd * notional_after_usd,
                passing_exposure_usd=room(
                    free_usd - needed_per_usd * position.notional_usd,
                    added.maintenance_per_usd + needed_per_usd * added_notional,
                ),
            )
        )
    return survived
