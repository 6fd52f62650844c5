"""Whose loss it is when an account holds less of something than our books say."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from poise_common.contracts.execution import DifferenceKind
from poise_common.contracts.packages import LegRole
from poise_execution.domain.packages import Package
from poise_execution.domain.reconciliation.accounting import Change, Item, is_held_in

_ZERO = Decimal(0)


def packages_after(
    packages: Iterable[Package], changes: Iterable[Change], held: Mapping[Item, Decimal]
) -> tuple[Package, ...]:
    """Return the packages that lost something, with what they have left; `held` is what was held before the changes.

    What belongs to no package goes first, then the largest holder of the item loses, then the next. A gain belongs to
    nobody.
    """
    now: dict[UUID, Package] = {package.package_id: package for package in packages}
    for change in changes:
        _attribute(now, change, held.get(change.item, _ZERO))
    return tuple(now[package.package_id] for package in packages if now[package.package_id] != package)


def _attribute(packages: dict[UUID, Package], change: Change, held: Decimal) -> None:
    item = change.item
    if item.kind is DifferenceKind.ORDER:
        return
    legs = [
        (package, role)
        for package in packages.values()
        for role in LegRole
        if is_held_in(package.instrument(role), item) and package.held(role) > 0
    ]
    of_packages = sum((_signed(package, role) for package, role in legs), _ZERO)
    of_nobody = held - of_packages
    lost = abs(change.quantity)
    if of_nobody * change.quantity < 0:
        lost -= min(lost, abs(of_nobody))
    losing = LegRole.LONG if change.quantity < 0 else LegRole.SHORT
    if losing is LegRole.SHORT and item.kind is DifferenceKind.BALANCE:
        return
    holders = [package.package_id for package, role in legs if role is losing]
    for package_id in sorted(holders, key=lambda each: (-packages[each].held(losing), each)):
        package = packages[package_id]
        taken = min(lost, package.held(losing))
        packages[package_id] = _less(package, losing, taken)
        lost -= taken


def _signed(package: Package, role: LegRole) -> Decimal:
    return package.held(role) if role is LegRole.LONG else -package.held(role)


def _less(package: Package, role: LegRole, quantity: Decimal) -> Package:
    if role is LegRole.LONG:
        return replace(package, long_held=package.long_held - quantity)
    return replace(package, short_held=package.short_held - quantity)
