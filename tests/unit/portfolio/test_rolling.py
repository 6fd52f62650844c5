"""A package that rolls: what its long leg has gained is its own, and the desk is worth what it was."""

from decimal import Decimal
from uuid import UUID

import pytest
from tests.unit.portfolio.books_in_memory import books_of
from tests.unit.portfolio.desk import PACKAGE, SPOT, Desk

from poise_common.contracts.execution import LongLegPassedOn
from poise_common.contracts.packages import PackageAction, PackageState
from poise_portfolio.domain.ledger.package_book import PackageEndedError
from poise_portfolio.domain.ledger.packages import Package

D = Decimal
NEAR, FAR = "BTC/USDT:USDT-260327", "BTC/USDT:USDT-260626"
SUCCESSOR = UUID("018f0000-0000-7000-8000-000000000002")


def carrying(desk: Desk) -> Desk:
    """Hold 2 BTC bought at 100 against a dated future sold at 103."""
    desk.open_account()
    desk.tell(desk.fill(SPOT, "buy", "2", "100"), desk.fill(NEAR, "sell", "2", "103"), desk.opened())
    return desk.tell(desk.book(SPOT, 110.0), desk.book(NEAR, 110.5), desk.book(FAR, 114.0))


def passed_on(desk: Desk, quantity: str, price: str = "110") -> LongLegPassedOn:
    return desk.message(
        LongLegPassedOn,
        from_package_id=PACKAGE,
        from_approval_id=UUID(int=1),
        to_package_id=SUCCESSOR,
        to_approval_id=UUID(int=2),
        strategy="cash_and_carry",
        asset="BTC",
        venue="paper",
        symbol=SPOT,
        quantity=D(quantity),
        price=D(price),
        passed_at=desk.now,
    )


def sell_the_far_future(desk: Desk, quantity: str = "2") -> Desk:
    return desk.tell(desk.fill(FAR, "sell", quantity, "114", package_id=SUCCESSOR))


def buy_the_near_future(desk: Desk, quantity: str = "2") -> Desk:
    return desk.tell(desk.fill(NEAR, "buy", quantity, "110.5", action=PackageAction.CLOSE))


def package(desk: Desk, package_id: UUID) -> Package:
    return next(each for each in reversed(desk.stored(Package)) if each.package_id == package_id)


def quantities(found: Package) -> dict[str, Decimal]:
    return {leg.symbol: leg.position.quantity for leg in found.legs}


def test_a_package_is_shown_as_rolling_from_its_first_order() -> None:
    desk = carrying(Desk())
    order = desk.sent(NEAR, "buy", action=PackageAction.CLOSE)
    desk.tell(order.model_copy(update={"rolls": True}))
    assert package(desk, PACKAGE).state is PackageState.ROLLING


def test_what_was_carried_until_the_roll_is_the_first_packages_result_and_the_rest_its_successors() -> None:
    desk = carrying(Desk())
    buy_the_near_future(desk)
    sell_the_far_future(desk)
    desk.tell(passed_on(desk, "2"), desk.closed(), desk.opened(SUCCESSOR))
    first, second = package(desk, PACKAGE), package(desk, SUCCESSOR)
    # Spot from 100 to 110 and the future from 103 to 110.5, 2 of each: 20 - 15.
    assert (first.state, first.realised_pnl_usd) == (PackageState.CLOSED, D(5))
    assert quantities(first) == {SPOT: D(0), NEAR: D(0)}
    assert (second.state, second.rolled_from) == (PackageState.OPEN, PACKAGE)
    assert quantities(second) == {SPOT: D(2), FAR: D(-2)}
    assert second.realised_pnl_usd == 0
    assert second.long_leg is not None
    assert second.long_leg.position.entry_price == D(110)


def test_passing_a_leg_on_moves_nothing_that_the_desk_owns_or_is_worth() -> None:
    desk = carrying(Desk())
    buy_the_near_future(desk)
    sell_the_far_future(desk)
    before = desk.wait(0).state
    desk.tell(passed_on(desk, "2"))
    after = desk.state
    assert (after.equity_usd, after.net_delta_usd, after.result) == (
        before.equity_usd,
        before.net_delta_usd,
        before.result,
    )
    assert sum(held.unrealised_pnl_usd for held in after.packages) + after.realised_pnl_usd == (
        sum(held.unrealised_pnl_usd for held in before.packages) + before.realised_pnl_usd
    )
    desk.tell(
        desk.report(
            {("spot", "USDT"): "59800", ("spot", "BTC"): "2", ("futures", "USDT"): "39985"},
            {FAR: "-2"},
            entry_price="114",
        )
    )
    assert desk.state.ledger_residual_usd == 0


def test_a_roll_in_part_leaves_two_packages_each_with_its_own_expiry() -> None:
    desk = carrying(Desk())
    buy_the_near_future(desk, "1")
    sell_the_far_future(desk, "1")
    desk.tell(passed_on(desk, "1"), desk.closed_partly(), desk.opened(SUCCESSOR))
    assert quantities(package(desk, PACKAGE)) == {SPOT: D(1), NEAR: D(-1)}
    assert quantities(package(desk, SUCCESSOR)) == {SPOT: D(1), FAR: D(-1)}
    assert {held.short_leg.symbol for held in desk.state.packages} == {NEAR, FAR}


def test_what_is_told_again_passes_on_nothing_more_even_after_a_restart() -> None:
    desk = carrying(Desk())
    buy_the_near_future(desk)
    sell_the_far_future(desk)
    news = passed_on(desk, "2")
    desk.tell(news)
    records = len(desk.records)
    desk.tell(news)
    assert len(desk.records) == records
    restarted = Desk(books_of(desk.records), now=desk.now)
    restarted.tell(news)
    assert restarted.stored(Package) == []


def test_a_leg_of_a_package_that_is_not_at_hand_is_not_passed_on() -> None:
    desk = Desk().open_account()
    with pytest.raises(PackageEndedError):
        desk.tell(passed_on(desk, "2"))
