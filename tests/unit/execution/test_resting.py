from decimal import Decimal

import pytest
from tests.unit.execution.messages import PERPETUAL, SPOT, approved, book, closing, universe
from tests.unit.execution.resting_closings import REST, gone, order_of, quote, shows
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import (
    LegFilled,
    OrderSent,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole, OrderStyle
from poise_execution.domain import effects
from poise_execution.domain.orders import OrderState

D = Decimal


def test_only_a_derivatives_resting_order_is_sent_under_the_dead_mans_switch(rig: Rig) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    assert rig.take_order(LegRole.LONG).dead_mans_switch_s is None
    assert rig.take_order(LegRole.SHORT).dead_mans_switch_s == 10
    rig.hear(approved(rig))
    assert {submit.dead_mans_switch_s for submit in rig.take(effects.SubmitOrder)} == {None}


def test_a_resting_price_is_never_worse_than_the_approved_limit(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(book(rig, SPOT, 99.0, 99.02))  # far below the limit of 99.80
    rig.hear(book(rig, PERPETUAL, 101.0, 101.02))  # far above 100.20
    rig.hear(closing(rig, package, **REST))
    assert rig.take_order(LegRole.LONG).limit_price == D("99.80")
    assert rig.take_order(LegRole.SHORT).limit_price == D("100.20")


@pytest.mark.parametrize("missing", list(LegRole))
def test_without_a_fresh_book_of_both_legs_nothing_rests(rig: Rig, missing: LegRole) -> None:
    package = rig.opened()
    quote(rig)
    rig.wait(2.1)
    rig.hear(book(rig, PERPETUAL if missing is LegRole.LONG else SPOT, 99.98, 100.02))
    rig.hear(closing(rig, package, **REST))
    assert {submit.style for submit in rig.take(effects.SubmitOrder)} == {OrderStyle.IOC}


def test_an_opening_never_rests(rig: Rig) -> None:
    quote(rig)
    rig.hear(approved(rig, style=OrderStyle.POST_ONLY))
    assert rig.refusal.reason is RefusalReason.UNTRADABLE
    assert "never rests" in rig.refusal.detail


def test_a_leg_that_is_closed_alone_does_not_rest(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.fill(LegRole.SHORT)
    rig.fill(LegRole.LONG, 0)
    while rig.told(PackageHalted) == []:
        for _ in rig.effects:
            if any(isinstance(effect, effects.SubmitOrder) for effect in rig.effects):
                rig.fill(LegRole.LONG, 0)
        rig.wait(0.1)
    quote(rig)
    rig.hear(closing(rig, rig.package, short_quantity="0", **REST))
    (submit,) = rig.take(effects.SubmitOrder)
    assert (submit.instrument, submit.style) == (SPOT, OrderStyle.IOC)


def test_what_fills_while_resting_closes_the_package_and_is_told_as_rested(rig: Rig) -> None:
    package = rig.opened("0.4")  # below the cap as a whole: one leg may wait for the other
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    for role in LegRole:
        shows(rig, rig.take_order(role).client_order_id, "0")
    gone(rig, LegRole.LONG, str(package.long_held))
    gone(rig, LegRole.SHORT, "0.4")
    assert len(rig.told(PackageClosed)) == 1
    assert {sent.style for sent in rig.told(OrderSent)} == {OrderStyle.POST_ONLY}
    assert rig.take(effects.SubmitOrder) == rig.take(effects.CancelOrder) == []


def test_every_fill_of_a_rested_order_is_told_once(resting: Rig) -> None:
    shows(resting, order_of(resting, LegRole.LONG), "4")
    gone(resting, LegRole.LONG, "9.9950")
    gone(resting, LegRole.LONG, "9.9950")
    assert len(resting.told(LegFilled)) == 1


def test_a_look_up_that_comes_late_does_not_undo_what_a_newer_one_showed(resting: Rig) -> None:
    shows(resting, order_of(resting, LegRole.LONG), "0.4")
    shows(resting, order_of(resting, LegRole.LONG), "0.1")
    assert resting.order(order_of(resting, LegRole.LONG)).filled_quantity == D("0.4")
    gone(resting, LegRole.LONG, "9.9950")
    shows(resting, order_of(resting, LegRole.LONG), "0.4")
    assert resting.order(order_of(resting, LegRole.LONG)).state is OrderState.FINAL


def test_rested_orders_keep_to_the_trading_rules_of_now(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(universe(rig, spot=SPOT.model_copy(update={"price_tick": D("0.05")})))
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    assert rig.take_order(LegRole.LONG).limit_price == D("100.05")


def test_no_more_than_a_clip_of_each_leg_rests_and_the_next_follows_once_both_have_filled(rig: Rig) -> None:
    package = rig.opened("40")  # $4,000 a leg
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    first = {role: rig.take_order(role) for role in LegRole}
    assert {submit.style for submit in first.values()} == {OrderStyle.POST_ONLY}
    assert all(2_400 < submit.quantity * submit.limit_price <= 2_500 for submit in first.values())
    for submit in first.values():
        rig.answer(submit)
        rig.list_trades()
    second = {role: rig.take_order(role) for role in LegRole}
    assert {submit.style for submit in second.values()} == {OrderStyle.POST_ONLY}
    for role, held in ((LegRole.LONG, package.long_held), (LegRole.SHORT, package.short_held)):
        assert held - D("0.01") <= first[role].quantity + second[role].quantity <= held
    for submit in second.values():
        rig.answer(submit)
        rig.list_trades()
    assert len(rig.told(PackageClosed)) == 1


def test_what_is_left_of_a_clip_that_cannot_be_traded_by_itself_rests_with_it(rig: Rig) -> None:
    package = rig.opened("25.02")  # a clip of 24.9x would leave less than the venue's least order
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    assert rig.take_order(LegRole.SHORT).quantity == package.short_held


def test_where_a_price_ran_away_while_both_legs_rested_nothing_is_taken_of_either(rig: Rig) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    for role in LegRole:
        shows(rig, rig.take_order(role).client_order_id, "0")
    rig.hear(book(rig, PERPETUAL, 101.0, 101.02))  # beyond the approved 100.20
    for role in LegRole:
        gone(rig, role)
    assert rig.take(effects.SubmitOrder) == []
    (partly,) = rig.told(PackageClosedPartly)
    assert (partly.remaining_long_quantity, partly.remaining_short_quantity) == (package.long_held, package.short_held)
