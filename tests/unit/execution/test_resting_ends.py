from decimal import Decimal

import pytest
from tests.unit.execution.messages import closing, risk_state
from tests.unit.execution.resting_closings import REST, cancelled, gone, order_of, quote, shows
from tests.unit.execution.rig import Rig

from poise_common.contracts.control import Flatten, Halt
from poise_common.contracts.execution import (
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
)
from poise_common.contracts.packages import LegRole, OrderStyle, PackageState
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_execution.domain import effects, results
from poise_execution.domain.orders import OrderState

D = Decimal


def test_both_legs_rest_at_the_best_own_price_until_the_deadline(rig: Rig) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    sell, buy = rig.take_order(LegRole.LONG), rig.take_order(LegRole.SHORT)
    assert (sell.style, sell.side, sell.limit_price) == (OrderStyle.POST_ONLY, Side.SELL, D("100.02"))
    assert (buy.style, buy.side, buy.limit_price) == (OrderStyle.POST_ONLY, Side.BUY, D("99.97"))
    assert (sell.reduce_only, buy.reduce_only) == (False, True)
    orders = rig.state.orders
    assert (orders[sell.client_order_id].rest_until - rig.now).total_seconds() == 3  # type: ignore[operator]  # it rests


def test_at_the_deadline_both_are_asked_to_go_and_what_is_left_is_taken_within_the_collar(resting: Rig) -> None:
    resting.wait(2.9)
    assert cancelled(resting) == set()
    resting.wait(0.1)
    assert cancelled(resting) == {order_of(resting, role) for role in LegRole}
    gone(resting, LegRole.LONG, "3.9950")
    assert resting.take(effects.SubmitOrder) == []  # the other may still fill
    gone(resting, LegRole.SHORT, "4")
    sell, buy = resting.take_order(LegRole.LONG), resting.take_order(LegRole.SHORT)
    assert (sell.style, sell.quantity, sell.limit_price) == (OrderStyle.IOC, 6, D("99.80"))
    assert (buy.style, buy.quantity, buy.limit_price) == (OrderStyle.IOC, 6, D("100.20"))
    assert buy.reduce_only
    for submit in (sell, buy):
        resting.answer(submit)
    resting.list_trades()
    assert len(resting.told(PackageClosed)) == 1
    assert resting.package.long_held == resting.package.short_held == 0


def test_an_order_that_fills_after_it_was_asked_to_go_counts(resting: Rig) -> None:
    resting.wait(3)
    cancelled(resting)
    gone(resting, LegRole.LONG, "9.9950")
    gone(resting, LegRole.SHORT, "10")
    assert len(resting.told(PackageClosed)) == 1
    assert resting.take(effects.SubmitOrder) == []


def test_being_asked_to_go_is_no_proof_of_anything(resting: Rig) -> None:
    resting.wait(3)
    for cancel in resting.take(effects.CancelOrder):
        resting.hear(resting.result(results.CancelAsked, client_order_id=cancel.client_order_id))
        assert resting.order(cancel.client_order_id).state is OrderState.RESTING
    assert {each.client_order_id for each in resting.take(effects.LookUpOrder)} == {
        order_of(resting, role) for role in LegRole
    }
    assert resting.take(effects.SubmitOrder) == []


def test_an_order_is_asked_to_go_until_it_is_gone(resting: Rig) -> None:
    resting.wait(3)
    times = 0
    for _ in range(30):
        for cancel in resting.take(effects.CancelOrder):
            times += cancel.client_order_id == order_of(resting, LegRole.LONG)
            resting.hear(resting.result(results.CancelAsked, client_order_id=cancel.client_order_id))
        resting.wait(0.1)
    assert times > 3
    gone(resting, LegRole.LONG)
    gone(resting, LegRole.SHORT)
    resting.take(effects.CancelOrder)
    resting.wait(5)
    assert resting.take(effects.CancelOrder) == []


@pytest.mark.parametrize("ahead", list(LegRole))
def test_a_leg_that_is_done_while_the_other_rests_has_the_other_taken_at_once(resting: Rig, ahead: LegRole) -> None:
    (behind,) = set(LegRole) - {ahead}
    gone(resting, ahead, "9.9950" if ahead is LegRole.LONG else "10")
    assert cancelled(resting) == {order_of(resting, behind)}
    gone(resting, behind)
    taken = resting.take_order(behind)
    assert (taken.style, taken.quantity) == (OrderStyle.IOC, 10 if behind is LegRole.SHORT else D("9.9950"))


def test_a_leg_that_runs_ahead_beyond_the_cap_ends_the_resting_of_both(resting: Rig) -> None:
    shows(resting, order_of(resting, LegRole.LONG), "0.495")  # 49.50 USD, and 0.50 USD the other way from the start
    assert cancelled(resting) == set()
    shows(resting, order_of(resting, LegRole.LONG), "0.6")
    assert cancelled(resting) == {order_of(resting, role) for role in LegRole}


def test_legs_that_fill_alike_rest_on(resting: Rig) -> None:
    for filled in ("0.3", "0.6", "0.9"):
        shows(resting, order_of(resting, LegRole.LONG), filled)
        shows(resting, order_of(resting, LegRole.SHORT), filled)
    assert cancelled(resting) == set()


@pytest.mark.parametrize("refused", list(LegRole))
def test_an_order_that_would_have_matched_is_taken_instead_and_the_other_does_not_rest_alone(
    rig: Rig, refused: LegRole
) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    (other,) = set(LegRole) - {refused}
    shows(rig, rig.take_order(other).client_order_id, "0")
    would_match = results.OrderRefused(code="-2010", text="Order would immediately match and take.")
    rig.answer_with(rig.take_order(refused), would_match)
    assert cancelled(rig) == {order_of(rig, other)}
    gone(rig, other)
    assert {submit.style for submit in rig.take(effects.SubmitOrder)} == {OrderStyle.IOC}


def test_resting_at_both_legs_refused_takes_both_at_once(rig: Rig) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    for role in LegRole:
        rig.answer_with(rig.take_order(role), results.OrderRefused(code="-5022", text="post only"))
    assert [submit.style for submit in rig.take(effects.SubmitOrder)] == [OrderStyle.IOC] * 2


@pytest.mark.parametrize("stop", ["halt", "flatten", "risk"])
def test_a_stop_cancels_what_rests_at_once_and_nothing_is_taken_beyond_the_hedge(resting: Rig, stop: str) -> None:
    match stop:
        case "halt":
            resting.hear(resting.result(Halt, operator="ann", reason="drill"))
        case "flatten":
            resting.hear(resting.result(Flatten, operator="ann", reason="drill"))
        case "risk":
            resting.hear(risk_state(resting, SystemMode.HALTED, epoch=2))
    assert cancelled(resting) == {order_of(resting, role) for role in LegRole}
    gone(resting, LegRole.LONG, "2")
    gone(resting, LegRole.SHORT, "1")
    taken = resting.take_order(LegRole.SHORT)
    assert taken.quantity == D("1.005")
    assert resting.take(effects.SubmitOrder) == []
    resting.answer(taken)
    resting.list_trades()
    (partly,) = resting.told(PackageClosedPartly)
    assert partly.remaining_long_quantity == partly.remaining_short_quantity == D("7.9950")


def test_nothing_rests_while_the_system_is_stopped(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(risk_state(rig, SystemMode.HALTED, epoch=2))
    quote(rig)
    rig.hear(closing(rig, package, epoch=2, **REST))
    assert {submit.style for submit in rig.take(effects.SubmitOrder)} == {OrderStyle.IOC}


def test_an_unknown_post_only_order_is_asked_to_go_at_its_deadline_too(rig: Rig) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, **REST))
    shows(rig, rig.take_order(LegRole.LONG).client_order_id, "0")
    lost = rig.take_order(LegRole.SHORT)
    rig.answer_with(lost, results.OutcomeUnknown(reason="time-out"))
    rig.wait(3)
    assert cancelled(rig) == {order_of(rig, role) for role in LegRole}
    gone(rig, LegRole.LONG)
    assert rig.take(effects.SubmitOrder) == []
    rig.wait(2)
    rig.look_up(lost.client_order_id, results.OrderAbsent())
    assert [submit.style for submit in rig.take(effects.SubmitOrder)] == [OrderStyle.IOC] * 2


@pytest.mark.parametrize("was_asked", [False, True])
def test_a_restart_looks_up_what_rests_and_has_it_gone_and_sends_nothing_again(resting: Rig, was_asked: bool) -> None:
    if was_asked:
        resting.wait(3)
    resting.restart()
    assert resting.take(effects.SubmitOrder) == []
    assert {each.client_order_id for each in resting.take(effects.LookUpOrder)} == set(
        {order_of(resting, role) for role in LegRole}
    )
    assert cancelled(resting) == {order_of(resting, role) for role in LegRole}
    gone(resting, LegRole.LONG)
    gone(resting, LegRole.SHORT)
    assert {submit.style for submit in resting.take(effects.SubmitOrder)} == {OrderStyle.IOC}


def test_what_still_rests_after_ten_seconds_is_locked_with_both_legs_counted_in_full(resting: Rig) -> None:
    gone(resting, LegRole.LONG, "9.9950")
    began = resting.now
    while resting.told(PackageHalted) == []:
        resting.take(effects.CancelOrder)
        resting.wait(0.1)
    assert (resting.now - began).total_seconds() == pytest.approx(10)
    assert resting.package.state is PackageState.HALTED
    assert order_of(resting, LegRole.SHORT) in resting.told(PackageHalted)[0].reason


@pytest.mark.parametrize("style", list(OrderStyle))
def test_an_ioc_order_that_the_venue_keeps_open_is_asked_to_go_and_a_post_only_one_rests(
    rig: Rig, style: OrderStyle
) -> None:
    package = rig.opened()
    quote(rig)
    rig.hear(closing(rig, package, style=style))
    for role in LegRole:
        shows(rig, rig.take_order(role).client_order_id, "0")
    rig.wait(2.9)
    assert cancelled(rig) == set()
    rig.wait(2.2)
    assert cancelled(rig) == {order_of(rig, role) for role in LegRole}


def test_a_leg_too_small_to_be_taken_leaves_only_the_excess_of_the_other(resting: Rig) -> None:
    gone(resting, LegRole.LONG, "9.9550")  # 4 USD left of it, below the minimum
    cancelled(resting)
    gone(resting, LegRole.SHORT, "5")
    assert resting.take_order(LegRole.SHORT).quantity == 5
    assert resting.take(effects.SubmitOrder) == []


def test_what_was_taken_and_filled_short_is_chased_as_ever(resting: Rig) -> None:
    resting.wait(3)
    for role in LegRole:
        gone(resting, role)
    resting.fill(LegRole.LONG)
    resting.fill(LegRole.SHORT, 4)
    chase = resting.take_order(LegRole.SHORT)
    assert (chase.quantity, chase.limit_price, chase.style) == (6, D("100.20"), OrderStyle.IOC)
    ids = [order.client_order_id for order in resting.state.orders.values()]
    assert len(ids) == len(set(ids))
