from dataclasses import replace
from decimal import Decimal

import pytest
from tests.unit.execution.messages import PERPETUAL, SPOT, book, closing, universe
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import (
    LegFilled,
    OrderPurpose,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole, PackageState
from poise_common.domain.instruments import Side
from poise_execution.domain import effects

D = Decimal


def test_a_closing_reverses_both_legs_and_leaves_nothing(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    sell, buy = rig.fill(LegRole.LONG), rig.fill(LegRole.SHORT)
    assert (sell.side, sell.quantity, sell.reduce_only) == (Side.SELL, D("9.9950"), False)
    assert (buy.side, buy.quantity, buy.reduce_only) == (Side.BUY, 10, True)
    (closed,) = rig.told(PackageClosed)
    assert closed.long_leg.held_quantity == closed.short_leg.held_quantity == 0
    assert closed.long_leg.average_price == 100
    assert rig.package.state is PackageState.CLOSED


def test_no_more_is_closed_than_is_held(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package, quantity="50", short_quantity="50"))
    assert rig.take_order(LegRole.LONG).quantity == D("9.9950")
    assert rig.take_order(LegRole.SHORT).quantity == 10


def test_a_closing_keeps_to_the_trading_rules_of_now(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(universe(rig, spot=SPOT.model_copy(update={"quantity_step": D("0.1")})))
    rig.hear(closing(rig, package))
    assert rig.take_order(LegRole.LONG).quantity == D("9.9")


def test_the_leg_that_closed_short_is_chased_within_the_approved_collar_before_anything_else(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, 4)
    chase = rig.take_order(LegRole.LONG)
    assert (chase.side, chase.quantity, chase.limit_price) == (Side.SELL, D("5.9950"), D("99.80"))
    rig.answer(chase, 0)
    rig.wait(0.1)
    again = rig.take_order(LegRole.LONG)
    assert again.limit_price == D("99.80")
    assert again.client_order_id != chase.client_order_id
    rig.answer(again)
    rig.list_trades()
    assert len(rig.told(PackageClosed)) == 1
    assert {fill.purpose for fill in rig.told(LegFilled)} == {OrderPurpose.LEG}


def test_when_the_approved_collar_does_not_do_it_widens_from_the_current_book(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, 0)
    limits = [rig.fill(LegRole.LONG, 0).limit_price]
    for pause_s in (0.1, 0.2, 0.4):
        rig.hear(book(rig, SPOT, 99.9, 99.92))
        rig.wait(pause_s)
        limits.append(rig.fill(LegRole.LONG, 0).limit_price)
    assert limits == [D("99.80"), D("99.80"), D("99.70"), D("99.30")]


def test_a_price_that_ran_out_of_the_approved_collar_is_followed_at_once(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.hear(book(rig, SPOT, 98.0, 98.02))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, 0)
    unwind = rig.take_order(LegRole.LONG)
    assert (unwind.quantity, unwind.limit_price) == (D("9.9950"), D("97.80"))


def test_both_legs_closed_to_the_same_part_leave_a_hedged_package_open(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT, 4)
    rig.fill(LegRole.LONG, "3.995")
    (partly,) = rig.told(PackageClosedPartly)
    assert (partly.remaining_long_quantity, partly.remaining_short_quantity) == (6, 6)
    assert rig.package.state is PackageState.OPEN
    rig.messages.clear()
    rig.hear(closing(rig, rig.package))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    assert len(rig.told(PackageClosed)) == 1


def test_nothing_filled_leaves_the_package_open_as_it_was(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT, 0)
    rig.fill(LegRole.LONG, 0)
    (partly,) = rig.told(PackageClosedPartly)
    assert (partly.remaining_long_quantity, partly.remaining_short_quantity) == (D("9.9950"), 10)
    assert rig.take(effects.SubmitOrder) == []


def test_a_small_rest_that_the_other_leg_does_not_match_is_closed_too(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, "9.7950")  # 20 USD left: under the residual cap, but naked
    assert rig.take_order(LegRole.LONG).quantity == D("0.2")


def test_dust_below_the_venues_minimum_stays_behind(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, "9.9550")  # 4 USD left
    (closed,) = rig.told(PackageClosed)
    assert closed.long_leg.held_quantity == D("0.0400")
    assert rig.package.state is PackageState.CLOSED


def test_a_leg_that_has_nothing_left_does_not_keep_the_other_from_being_closed(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, 0)
    while rig.told(PackageHalted) == []:
        if any(isinstance(effect, effects.SubmitOrder) for effect in rig.effects):
            rig.fill(LegRole.LONG, 0)
        rig.wait(0.1)
    assert (rig.package.long_held, rig.package.short_held) == (D("9.9950"), 0)
    rig.messages.clear()
    rig.hear(closing(rig, rig.package, short_quantity="0"))
    assert [submit.instrument for submit in rig.take(effects.SubmitOrder)] == [SPOT]


def test_a_closing_of_dust_alone_ends_the_package_without_an_order(rig: Rig) -> None:
    """Refused, it would be held for ever, and a flattening would never be over."""
    package = rig.opened()
    rig.state.put(replace(package, long_held=D("0.0400"), short_held=D("0.04")))
    rig.restart()
    rig.messages.clear()
    rig.hear(closing(rig, rig.package))
    assert rig.take(effects.SubmitOrder) == []
    assert len(rig.told(PackageClosed)) == 1
    assert rig.package.state is PackageState.CLOSED


@pytest.mark.parametrize("short_filled", ["10", "9.99"])
def test_a_closed_package_is_gone_for_good(rig: Rig, short_filled: str) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT, short_filled)
    assert len(rig.told(PackageClosed)) == 1
    rig.messages.clear()
    rig.wait(400)
    rig.hear(closing(rig, package))
    assert rig.refusal.reason is RefusalReason.UNKNOWN_PACKAGE


def test_two_orders_of_ours_that_trade_with_each_other_share_a_trade_and_each_counts_it(rig: Rig) -> None:
    package = rig.opened()
    sold = next(fill for fill in rig.state.fills.values() if fill.symbol == PERPETUAL.symbol)
    rig.hear(closing(rig, package))
    rig.fill(LegRole.LONG)
    rig.answer(rig.take_order(LegRole.SHORT))
    (fetch,) = rig.take(effects.FetchTrades)
    told = rig.trades_of(fetch)
    (bought,) = told.trades or ()
    rig.hear(told.model_copy(update={"trades": (bought.model_copy(update={"trade_id": sold.trade_id}),)}))
    assert len(rig.told(PackageClosed)) == 1
    assert [fill.side for fill in rig.state.fills.values() if fill.trade_id == sold.trade_id] == [Side.SELL, Side.BUY]
