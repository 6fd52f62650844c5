"""Contracts that expire while a package holds them: an outcome, and no divergence."""

from decimal import Decimal

import pytest
from tests.unit.execution.account_readings import WatchedDesk
from tests.unit.execution.messages import PERPETUAL, closing

from poise_common.contracts.execution import ContractSettled, FundingPaid, PackageClosed, PackageHalted
from poise_common.contracts.packages import LegRole, PackageState
from poise_execution.domain import effects, results

D = Decimal


@pytest.fixture
def desk() -> WatchedDesk:
    desk = WatchedDesk()
    desk.opened()
    return desk


def settle(desk: WatchedDesk, price: str, income_id: str = "9") -> results.FundingIncome:
    """Have the venue close the whole contract position at a price."""
    held, _ = desk.account.positions[PERPETUAL.symbol]
    amount = desk.account._realised(PERPETUAL.symbol, -held, D(price))
    income = results.FundingIncome(
        income_id=income_id,
        symbol=PERPETUAL.symbol,
        amount=amount,
        currency="USDT",
        paid_at=desk.rig.now,
        settlement_price=D(price),
    )
    desk.account.pay(income)
    return income


@pytest.mark.parametrize("price", ["93.5", "100", "104.123"])
def test_a_settlement_is_booked_and_locks_nothing(desk: WatchedDesk, price: str) -> None:
    income = settle(desk, price)
    desk.read_twice()
    assert desk.lock is None
    (settled,) = desk.rig.told(ContractSettled)
    assert (settled.symbol, settled.price, settled.amount) == (PERPETUAL.symbol, D(price), income.amount)
    assert desk.rig.told(FundingPaid) == []


def test_a_package_that_lost_its_hedge_is_halted_and_closed_by_its_other_leg(desk: WatchedDesk) -> None:
    before = desk.rig.package
    settle(desk, "104")
    desk.read_twice()
    package = desk.rig.package
    assert (package.state, package.short_held, package.long_held) == (PackageState.HALTED, D(0), before.long_held)
    (halted,) = desk.rig.told(PackageHalted)
    assert (halted.package_id, halted.short_quantity) == (package.package_id, D(0))
    assert halted.residual_delta_usd > 0
    assert "expired" in halted.reason
    (settled,) = desk.rig.told(ContractSettled)
    assert [(left.package_id, left.short_quantity) for left in settled.packages] == [(package.package_id, D(0))]

    desk.rig.hear(closing(desk.rig, package))
    desk.rig.fill(LegRole.LONG)
    assert desk.rig.take(effects.SubmitOrder) == []
    assert len(desk.rig.told(PackageClosed)) == 1
    desk.book_fills()
    desk.read_twice()
    assert desk.lock is None


def test_a_settlement_is_told_once_also_after_a_restart(desk: WatchedDesk) -> None:
    settle(desk, "104")
    desk.read_twice()
    desk.rig.restart()
    desk.read_twice()
    assert len(desk.rig.told(ContractSettled)) == 1
    assert len(desk.rig.told(PackageHalted)) == 1


def test_a_settlement_of_what_no_package_holds_is_told_all_the_same(desk: WatchedDesk) -> None:
    desk.rig.hear(closing(desk.rig, desk.rig.package))
    desk.rig.fill(LegRole.LONG)
    desk.rig.fill(LegRole.SHORT)
    desk.book_fills()
    settle(desk, "104")
    desk.read_twice()
    (settled,) = desk.rig.told(ContractSettled)
    assert (settled.packages, settled.amount) == ((), D(0))
    assert desk.lock is None
