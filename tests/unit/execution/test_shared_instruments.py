"""Several packages in the same two instruments: what happens to an order touches its own package alone."""

from decimal import Decimal

import pytest
from tests.unit.execution.messages import PERPETUAL, SPOT, approved, book, closing
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import LegFilled, PackageClosed, PackageHalted
from poise_common.contracts.packages import LegRole, OrderStyle, PackageState
from poise_common.domain.instruments import Side
from poise_execution.domain import effects, results
from poise_execution.domain.packages import Package

D = Decimal


@pytest.fixture
def packages(rig: Rig) -> tuple[Package, Package]:
    """Two packages of ten each, held in the same instruments."""
    return rig.opened(), rig.opened()


def now(rig: Rig, package: Package) -> Package:
    return rig.state.packages[package.package_id]


def rest(rig: Rig, package: Package) -> dict[LegRole, str]:
    """Have a package's closing rest, and return its orders."""
    rig.hear(book(rig, SPOT, 99.98, 100.02))
    rig.hear(book(rig, PERPETUAL, 99.97, 100.03))
    rig.hear(closing(rig, package, style=OrderStyle.POST_ONLY))
    orders = {role: rig.take_order(role).client_order_id for role in LegRole}
    for client_order_id in orders.values():
        show(rig, client_order_id, "0", is_terminal=False)
    return orders


def show(rig: Rig, client_order_id: str, filled: str, *, is_terminal: bool = True) -> None:
    rig.take(effects.LookUpOrder)
    seen = results.OrderSeen(order_id=f"o-{client_order_id}", filled_quantity=D(filled), is_terminal=is_terminal)
    rig.look_up(client_order_id, seen)
    rig.list_trades()


def test_a_fill_of_one_packages_order_is_not_another_packages(rig: Rig, packages: tuple[Package, Package]) -> None:
    first, second = packages
    orders = rest(rig, first)
    show(rig, orders[LegRole.SHORT], "10")
    assert now(rig, first).short_held == 0
    assert now(rig, second) == second
    assert {fill.package_id for fill in rig.told(LegFilled)} == {first.package_id}


def test_a_cancel_asks_just_the_packages_own_orders_to_go(rig: Rig, packages: tuple[Package, Package]) -> None:
    first, second = packages
    resting = {package.package_id: rest(rig, package) for package in (first, second)}
    show(rig, resting[first.package_id][LegRole.LONG], "9.9950")
    cancelled = [cancel.client_order_id for cancel in rig.take(effects.CancelOrder)]
    assert cancelled == [resting[first.package_id][LegRole.SHORT]]
    assert all(
        rig.order(client_order_id).cancel_asked_at is None for client_order_id in resting[second.package_id].values()
    )


def test_a_late_fill_of_a_closed_package_locks_it_and_is_put_back_and_leaves_the_other_alone(
    rig: Rig, packages: tuple[Package, Package]
) -> None:
    first, second = packages
    rig.hear(closing(rig, first))
    lost = rig.take_order(LegRole.SHORT)
    rig.fill(LegRole.LONG)
    rig.answer_with(lost, results.OutcomeUnknown(reason="time-out"))
    rig.wait(5)
    rig.take(effects.LookUpOrder)
    rig.look_up(lost.client_order_id, results.OrderAbsent())
    rig.fill(LegRole.SHORT)  # the chase
    assert now(rig, first).state is PackageState.CLOSED
    show(rig, lost.client_order_id, "10")
    (halted,) = rig.told(PackageHalted)
    assert halted.package_id == first.package_id
    assert now(rig, first).short_held == -10
    rig.wait(0.1)
    put_back = rig.take_order(LegRole.SHORT)
    assert (put_back.side, put_back.quantity, put_back.reduce_only) == (Side.SELL, 10, False)
    rig.answer(put_back)
    rig.list_trades()
    assert now(rig, first).short_held == 0
    assert len({closed.id for closed in rig.told(PackageClosed)}) == 2, "the second is no repeat of the first"
    assert now(rig, second) == second


def test_one_packages_order_in_doubt_does_not_keep_the_other_from_being_closed(
    rig: Rig, packages: tuple[Package, Package]
) -> None:
    first, second = packages
    rig.hear(closing(rig, first))
    for role in LegRole:
        rig.answer_with(rig.take_order(role), results.OutcomeUnknown(reason="time-out"))
    rig.hear(closing(rig, second))
    for role in LegRole:
        rig.fill(role)
    (closed,) = rig.told(PackageClosed)
    assert closed.package_id == second.package_id
    assert now(rig, first).long_held == first.long_held


def test_an_opening_beside_a_resting_closing_is_carried_out_as_if_alone(
    rig: Rig, packages: tuple[Package, Package]
) -> None:
    first, _ = packages
    orders = rest(rig, first)
    rig.hear(approved(rig))
    for role in LegRole:
        rig.fill(role)
    assert rig.package.state is PackageState.OPEN
    assert (rig.package.long_held, rig.package.short_held) == (D("9.9950"), 10)
    assert all(rig.order(client_order_id).is_in_doubt for client_order_id in orders.values())
