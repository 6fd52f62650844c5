"""How long packages stood beyond the cap without a lock, by the venue's own times of their fills."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from tests.crash.history import History, Stretch, VenueFill

from poise_common.contracts.packages import LegRole

LOCK_ALERT = "package_locked"
SILENCE_ALERT = "approval_unanswered"
"""Risk's: execution says nothing of a package, and nothing is opened until it does."""
_VALUED_OTHERWISE = Decimal("1.02")
"""The desk values a leg at its own quotes, we at the last fill: so far may the two be apart."""


def beyond_too_long(history: History) -> list[str]:
    """Name each package that was beyond the cap for longer than allowed, neither locked nor alerted."""
    allowed = timedelta(seconds=history.residual_max_s)
    return [
        f"package {package_id} stood beyond ${history.residual_cap_usd} for {bare.lasts.total_seconds():.1f} s"
        f" from {bare.start:%H:%M:%S.%f}, unlocked; execution was away for {_away_s(history, bare):.1f} s of it"
        for package_id, fills in _fills_by_package(history).items()
        for beyond in _beyond_cap(history, package_id, fills)
        for bare in _without(beyond, _locked(history, package_id))
        if bare.lasts > allowed
    ]


def held_by_fills(history: History) -> dict[UUID, dict[LegRole, Decimal]]:
    """Add up what each package holds of its legs by the venue's fills: unsigned base units, net of base fees."""
    bases = {package.package_id: package.base for package in history.packages}
    return {
        package_id: {
            role: sum((_moved(fill, role, bases.get(package_id)) for its, fill in fills if its is role), Decimal(0))
            for role in LegRole
        }
        for package_id, fills in _fills_by_package(history).items()
    }


def _fills_by_package(history: History) -> dict[UUID, list[tuple[LegRole, VenueFill]]]:
    orders = history.orders_by_id
    found: dict[UUID, list[tuple[LegRole, VenueFill]]] = defaultdict(list)
    for fill in sorted(history.venue_fills, key=lambda fill: fill.at):
        if (order := orders.get(fill.client_order_id)) is not None:
            found[order.package_id].append((order.role, fill))
    return found


def _moved(fill: VenueFill, role: LegRole, base: str | None) -> Decimal:
    bought = fill.side.sign * fill.quantity
    if fill.key.market.kind == "spot" and fill.fee_currency == base:
        bought -= fill.fee
    return bought if role is LegRole.LONG else -bought


def _beyond_cap(history: History, package_id: UUID, fills: Sequence[tuple[LegRole, VenueFill]]) -> Iterator[Stretch]:
    base = next((package.base for package in history.packages if package.package_id == package_id), None)
    held = dict.fromkeys(LegRole, Decimal(0))
    since: datetime | None = None
    for role, fill in fills:
        held[role] += _moved(fill, role, base)
        residual_usd = abs(held[LegRole.LONG] - held[LegRole.SHORT]) * fill.price
        if residual_usd > history.residual_cap_usd * _VALUED_OTHERWISE:
            since = since or fill.at
        elif since is not None:
            yield Stretch(since, fill.at)
            since = None
    if since is not None:
        yield Stretch(since, history.read_at)


def _locked(history: History, package_id: UUID) -> list[Stretch]:
    """Return when the package was locked with its alert out: by execution, or by risk while execution was away.

    An alert of execution's without a halted package counts for nothing.
    """
    locked = _told(history, package_id, LOCK_ALERT) if package_id in history.halted else []
    return _united([*locked, *_told(history, package_id, SILENCE_ALERT)])


def _united(stretches: list[Stretch]) -> list[Stretch]:
    """Join what overlaps, oldest first."""
    united: list[Stretch] = []
    for each in sorted(stretches):
        if united and each.start <= united[-1].end:
            united[-1] = Stretch(united[-1].start, max(united[-1].end, each.end))
        else:
            united.append(each)
    return united


def _told(history: History, package_id: UUID, name: str) -> list[Stretch]:
    told = sorted(
        (alert for alert in history.alerts if (alert.name, alert.subject) == (name, str(package_id))),
        key=lambda alert: alert.at,
    )
    stretches: list[Stretch] = []
    since: datetime | None = None
    for alert in told:
        if alert.firing:
            since = since or alert.at
        elif since is not None:
            stretches.append(Stretch(since, alert.at))
            since = None
    if since is not None:
        stretches.append(Stretch(since, history.read_at))
    return stretches


def _away_s(history: History, stretch: Stretch) -> float:
    here = sum((bare.lasts for bare in _without(stretch, sorted(history.execution_away))), start=timedelta(0))
    return (stretch.lasts - here).total_seconds()


def _without(whole: Stretch, taken: Sequence[Stretch]) -> Iterator[Stretch]:
    """Return what is left of a stretch."""
    start = whole.start
    for each in taken:
        if each.end <= start:
            continue
        if each.start >= whole.end:
            break
        if each.start > start:
            yield Stretch(start, each.start)
        start = max(start, each.end)
    if start < whole.end:
        yield Stretch(start, whole.end)
