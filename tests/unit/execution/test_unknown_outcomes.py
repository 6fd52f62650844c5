from decimal import Decimal
from itertools import pairwise

import pytest
from tests.unit.execution.messages import approved, closing
from tests.unit.execution.rig import Rig

from poise_common.contracts.control import Alert, Severity
from poise_common.contracts.execution import (
    LegFilled,
    OrderSent,
    PackageAborted,
    PackageHalted,
    PackageOpened,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole, PackageAction, PackageState
from poise_execution.domain import effects, results
from poise_execution.domain.orders import OrderState

D = Decimal
NO_ANSWER = results.OutcomeUnknown(reason="time-out")


def seen(client_order_id: str, filled: str) -> results.OrderSeen:
    return results.OrderSeen(order_id=f"o-{client_order_id}", filled_quantity=D(filled), is_terminal=True)


def lose_the_short_leg(rig: Rig) -> str:
    rig.hear(approved(rig))
    rig.fill(LegRole.LONG)
    lost = rig.take_order(LegRole.SHORT)
    rig.answer_with(lost, NO_ANSWER)
    return lost.client_order_id


def test_an_unknown_order_is_looked_up_and_never_sent_again(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    assert rig.order(lost).state is OrderState.UNKNOWN
    for _ in range(200):
        for look_up in rig.take(effects.LookUpOrder):
            assert look_up.client_order_id == lost
            rig.look_up(lost, NO_ANSWER)
        rig.wait(0.1)
    assert rig.take(effects.SubmitOrder) == []


def test_the_filled_leg_is_kept_while_the_other_counts_as_filled(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    rig.wait(4)
    assert rig.take(effects.SubmitOrder) == []
    rig.look_up(lost, seen(lost, "10"))
    rig.list_trades()
    assert len(rig.told(PackageOpened)) == 1


def test_look_ups_back_off(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    asked_at = []
    for _ in range(80):
        if rig.take(effects.LookUpOrder):
            asked_at.append(rig.now)
            rig.look_up(lost, NO_ANSWER)
        rig.wait(0.1)
    pauses = [(later - earlier).total_seconds() for earlier, later in pairwise(asked_at)]
    assert pauses == pytest.approx([0.2, 0.4, 0.8, 1.6, 2.0, 2.0])


def test_not_found_counts_only_when_asked_after_the_deadline(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    rig.wait(4.9)
    rig.look_up(lost, results.OrderAbsent())
    assert rig.order(lost).state is OrderState.UNKNOWN
    rig.wait(0.1)
    rig.look_up(lost, results.OrderAbsent())
    assert rig.order(lost).state is OrderState.VOID
    assert rig.take_order(LegRole.LONG).quantity == D("9.9950")


def test_an_order_that_is_still_open_at_the_venue_is_asked_for_until_it_is_final(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    resting = results.OrderSeen(order_id="o-1", filled_quantity=D(0), is_terminal=False)
    rig.look_up(lost, resting)
    assert rig.order(lost).state is OrderState.RESTING
    rig.take(effects.LookUpOrder)
    rig.wait(6)
    assert len(rig.take(effects.LookUpOrder)) == 1
    rig.look_up(lost, results.OrderAbsent())
    assert rig.order(lost).state is OrderState.RESTING
    rig.look_up(lost, seen(lost, "10"))
    rig.list_trades()
    assert len(rig.told(PackageOpened)) == 1


def test_an_order_found_by_look_up_is_told_as_sent_once(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.restart()
    first, second = (look_up.client_order_id for look_up in rig.take(effects.LookUpOrder))
    rig.look_up(first, seen(first, "10"))
    rig.look_up(first, seen(first, "10"))
    rig.look_up(second, seen(second, "10"))
    assert rig.sent_ids == [first, second]
    rig.list_trades()
    assert len(rig.told(LegFilled)) == 2


def test_unknown_for_too_long_locks_the_package_with_an_alert_and_counts_it_in_full(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    rig.wait(9.9)
    assert rig.told(PackageHalted) == []
    rig.wait(0.1)
    (halted,) = rig.told(PackageHalted)
    assert (halted.long_quantity, halted.short_quantity) == (D("9.9950"), 10)
    assert lost in halted.reason
    (alert,) = rig.told(Alert)
    assert (alert.severity, alert.firing) == (Severity.CRITICAL, True)
    assert alert.subject == str(halted.package_id)
    rig.wait(5)
    assert len(rig.told(PackageHalted)) == 1


def test_a_locked_package_can_not_be_closed_while_an_order_of_it_is_unknown(rig: Rig) -> None:
    lose_the_short_leg(rig)
    rig.wait(10)
    rig.messages.clear()
    rig.hear(closing(rig, rig.package, short_quantity="10"))
    assert rig.refusal.reason is RefusalReason.UNKNOWN_PACKAGE


def test_the_lock_ends_when_the_venue_shows_that_the_package_is_hedged(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    rig.wait(30)
    rig.look_up(lost, seen(lost, "10"))
    rig.list_trades()
    assert len(rig.told(PackageOpened)) == 1
    assert [alert.firing for alert in rig.told(Alert)] == [True, False]
    assert rig.package.state is PackageState.OPEN


def test_what_comes_to_light_after_the_lock_is_taken_back_at_once(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    rig.wait(30)
    rig.look_up(lost, results.OrderAbsent())
    rig.answer(rig.take_order(LegRole.LONG))
    rig.list_trades()
    assert len(rig.told(PackageAborted)) == 1
    assert [alert.firing for alert in rig.told(Alert)] == [True, False]


@pytest.mark.parametrize("naked", list(LegRole))
def test_residual_delta_that_nobody_takes_is_locked_within_ten_seconds(rig: Rig, naked: LegRole) -> None:
    rig.hear(approved(rig))
    began = rig.now
    rig.fill(naked)
    (other,) = set(LegRole) - {naked}
    rig.wait(9)
    rig.fill(other, 0)
    rig.take(effects.SubmitOrder)
    while rig.told(PackageHalted) == []:
        rig.wait(0.1)
    assert (rig.now - began).total_seconds() == pytest.approx(10)
    assert rig.package.state is PackageState.HALTED


def test_residual_delta_that_waits_for_the_next_try_is_locked_within_ten_seconds(rig: Rig) -> None:
    rig.hear(approved(rig))
    began = rig.now
    rig.fill(LegRole.SHORT)
    rig.wait(8.5)
    rig.fill(LegRole.LONG, 0)
    while rig.told(PackageHalted) == []:
        if any(isinstance(effect, effects.SubmitOrder) for effect in rig.effects):
            rig.fill(LegRole.SHORT, 0)
        rig.wait(0.1)
    assert (rig.now - began).total_seconds() == pytest.approx(10)


def test_trades_that_are_listed_late_do_not_lock_a_hedged_package(rig: Rig) -> None:
    rig.hear(approved(rig))
    rig.answer(rig.take_order(LegRole.LONG))
    rig.answer(rig.take_order(LegRole.SHORT))
    rig.wait(60)
    assert rig.told(PackageHalted) == []
    rig.list_trades()
    assert len(rig.told(PackageOpened)) == 1


def test_an_order_that_the_venue_had_denied_is_counted_when_it_shows_and_locks_the_package(rig: Rig) -> None:
    lost = lose_the_short_leg(rig)
    rig.wait(5)
    rig.look_up(lost, results.OrderAbsent())
    rig.answer(rig.take_order(LegRole.LONG))
    rig.list_trades()
    assert rig.package.state is PackageState.ABORTED
    rig.look_up(lost, seen(lost, "10"))
    assert len(rig.told(PackageHalted)) == 1
    rig.list_trades()
    assert rig.package.short_held == 10
    unwind = rig.take_order(LegRole.SHORT)
    rig.answer(unwind)
    rig.list_trades()
    assert rig.package.short_held == 0
    assert [alert.firing for alert in rig.told(Alert)] == [True, False]


@pytest.mark.parametrize("late", ["answer", "look_up"])
def test_late_and_repeated_answers_change_nothing(rig: Rig, late: str) -> None:
    rig.hear(approved(rig))
    buy, sell = rig.take_order(LegRole.LONG), rig.take_order(LegRole.SHORT)
    for submit in (buy, sell):
        rig.answer(submit)
    rig.list_trades()
    before = (len(rig.messages), rig.state_copy())
    for submit in (buy, sell):
        if late == "answer":
            rig.answer(submit)
            rig.answer_with(submit, NO_ANSWER)
        else:
            rig.look_up(submit.client_order_id, seen(submit.client_order_id, "10"))
            rig.look_up(submit.client_order_id, results.OrderAbsent())
    assert (len(rig.messages), rig.state_copy()) == before
    assert rig.effects == []


def test_closing_counts_an_unknown_order_as_done_and_sends_no_second_one(rig: Rig) -> None:
    package = rig.opened()
    rig.hear(closing(rig, package))
    rig.answer_with(rig.take_order(LegRole.LONG), NO_ANSWER)
    rig.fill(LegRole.SHORT)
    rig.wait(3)
    assert rig.take(effects.SubmitOrder) == []
    assert [sent.action for sent in rig.told(OrderSent)] == [PackageAction.CLOSE] * 2
