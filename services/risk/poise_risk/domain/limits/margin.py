"""How near the derivatives accounts would come to their end."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from poise_common.contracts.packages import LegRole, LimitCheck
from poise_common.domain.instruments import InstrumentId
from poise_risk.domain.gate.entry import Entry, EntryLeg
from poise_risk.domain.knowledge.margins import MarginAccount, ShortPosition
from poise_risk.domain.limits.check import all_or_nothing, grows_with_exposure, room, smallest
from poise_risk.domain.rules.profiles import of

_ANY = Decimal("Infinity")


def effective_leverage(entry: Entry) -> LimitCheck:
    """Notional of all derivatives on a venue over that account's margin balance, after the trade."""
    checks = [_leverage(entry, account) for account in touched_accounts(entry)]
    return _tightest("effective_leverage", checks)


def margin_ratio(entry: Entry) -> LimitCheck:
    """Margin balance over maintenance margin after the trade; the value is the least of the accounts touched."""
    checks = [_ratio(entry, account) for account in touched_accounts(entry)]
    return _tightest("margin_ratio", checks)


def liquidation_distance(entry: Entry) -> LimitCheck:
    """The rise in per cent that the nearest short leg survives after the trade, with all else still."""
    checks = [_distance(entry, account) for account in touched_accounts(entry)]
    return _tightest("liquidation_distance", checks)


def touched_accounts(entry: Entry) -> list[MarginAccount]:
    """Return the accounts that the request's derivatives would stand in."""
    venues = dict.fromkeys(leg.intent.venue for leg in entry.legs if leg.instrument.is_derivative)
    return [entry.accounts[venue] for venue in venues]


def _tightest(limit: str, checks: list[LimitCheck]) -> LimitCheck:
    if not checks:
        return all_or_nothing(limit, passed=True, detail="no derivative in the request")
    return min(
        checks,
        key=lambda check: (check.passed, _ANY if check.passing_exposure_usd is None else check.passing_exposure_usd),
    )


def _leverage(entry: Entry, account: MarginAccount) -> LimitCheck:
    if account.margin_balance_usd <= 0:
        return all_or_nothing(
            "effective_leverage",
            passed=False,
            allowed=entry.limits.effective_leverage_max,
            detail=f"no margin on {account.venue}",
        )
    return grows_with_exposure(
        "effective_leverage",
        used=account.derivatives_usd / account.margin_balance_usd,
        per_usd=_notional_rate(entry, account.venue) / account.margin_balance_usd,
        exposure_usd=entry.exposure_usd,
        allowed=entry.limits.effective_leverage_max,
        detail=account.venue,
    )


def _ratio(entry: Entry, account: MarginAccount) -> LimitCheck:
    allowed = entry.limits.margin_ratio_entry_min
    rate = _maintenance_rate(entry, account.venue)
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


def _distance(entry: Entry, account: MarginAccount) -> LimitCheck:
    shorts = list(_nearest_shorts(entry, account))
    if not shorts:
        return all_or_nothing("liquidation_distance", passed=True, detail=f"no short on {account.venue}")
    survived = _survived(entry, account, shorts)
    nearest = min(survived, key=lambda each: each.rise_pct)
    return LimitCheck(
        limit="liquidation_distance",
        value=nearest.rise_pct,
        allowed=entry.limits.liquidation_distance_min_pct,
        passed=all(each.is_enough for each in survived),
        passing_exposure_usd=smallest([each.passing_exposure_usd for each in survived]),
        detail=f"at least, {nearest.instrument_id}",
    )


def _nearest_shorts(entry: Entry, account: MarginAccount) -> Iterator[tuple[ShortPosition, EntryLeg | None]]:
    """Return the shorts that the request adds to, and the nearest of the others: it takes the same from all of them."""
    added = {
        leg.intent.instrument_id: leg for leg in entry.derivatives_on(account.venue) if leg.intent.role is LegRole.SHORT
    }
    other = _nearest_other(account, frozenset(added))
    if other is not None:
        yield other, None
    shorts = {short.instrument_id: short for short in account.shorts if short.instrument_id in added}
    for id_, leg in added.items():
        yield shorts.get(id_) or ShortPosition(id_, Decimal(0), leg.instrument.maintenance_margin_rate), leg


@lru_cache(maxsize=64)
def _nearest_other(account: MarginAccount, added: frozenset[InstrumentId]) -> ShortPosition | None:
    others = (short for short in account.shorts if short.instrument_id not in added)
    return max(others, key=lambda short: short.notional_usd * (1 + short.maintenance_rate), default=None)


class _Survived(NamedTuple):
    """What rise a short survives after the trade, and the exposure with which that is as much as it must be."""

    instrument_id: InstrumentId
    rise_pct: Decimal
    is_enough: bool
    passing_exposure_usd: Decimal | None


def _survived(
    entry: Entry, account: MarginAccount, shorts: Iterable[tuple[ShortPosition, EntryLeg | None]]
) -> list[_Survived]:
    """Free margin must cover the rise of each short and the maintenance that the rise adds.

    free - X m >= d (1 + rate) (notional + X n), with X the exposure, m and n what a USD of it adds to maintenance
    and to this short.
    """
    exposure_usd = entry.exposure_usd
    free_usd = account.margin_balance_usd - account.maintenance_usd
    added_maintenance = _maintenance_rate(entry, account.venue)
    free_after_usd = free_usd - added_maintenance * exposure_usd
    survived = []
    for short, leg in shorts:
        added_notional = entry.per_exposure(leg.intent.notional_usd) if leg is not None else Decimal(0)
        needed_per_usd = of(entry.limits.liquidation_distance_min_pct, 1 + short.maintenance_rate)
        notional_after_usd = short.notional_usd + added_notional * exposure_usd
        survived.append(
            _Survived(
                short.instrument_id,
                rise_pct=free_after_usd * 100 / (notional_after_usd * (1 + short.maintenance_rate)),
                is_enough=free_after_usd >= needed_per_usd * notional_after_usd,
                passing_exposure_usd=room(
                    free_usd - needed_per_usd * short.notional_usd, added_maintenance + needed_per_usd * added_notional
                ),
            )
        )
    return survived


def _notional_rate(entry: Entry, venue: str) -> Decimal:
    return entry.per_exposure(sum((leg.intent.notional_usd for leg in entry.derivatives_on(venue)), Decimal(0)))


def _maintenance_rate(entry: Entry, venue: str) -> Decimal:
    return entry.per_exposure(
        sum(
            (leg.intent.notional_usd * leg.instrument.maintenance_margin_rate for leg in entry.derivatives_on(venue)),
            Decimal(0),
        )
    )
