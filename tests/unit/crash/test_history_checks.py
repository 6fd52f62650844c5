"""The history checker finds each thing that must not be, and nothing in a sound history."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from tests.crash.checks import CHECKS, violations
from tests.crash.history import AlertTold, History, Market, StoredPackage, TradeKey
from tests.unit.crash.histories import NOON, OPENING, PACKAGE, late_second_leg, lock_alert, sound, told_of

from poise_common.domain.instruments import Side

HALF = Decimal("0.5")


def found(history: History) -> dict[str, int]:
    return {name: len(instances) for name, instances in violations(history).items() if instances}


def test_nothing_is_found_in_a_sound_history() -> None:
    assert found(sound()) == {}


def an_order_sent_twice(history: History) -> History:
    return replace(history, venue_orders=[*history.venue_orders, replace(history.venue_orders[0], executed=Decimal(0))])


def an_order_never_stored(history: History) -> History:
    return replace(history, orders=history.orders[1:])


def an_order_called_void(history: History) -> History:
    first, *others = history.orders
    return replace(history, orders=[replace(first, state="void"), *others])


def an_order_still_unknown(history: History) -> History:
    first, *others = history.orders
    waiting = replace(first, client_order_id="never arrived", state="unknown", filled=Decimal(0))
    return replace(history, orders=[first, waiting, *others])


def an_order_filled_otherwise(history: History) -> History:
    first, *others = history.orders
    return replace(history, orders=[replace(first, filled=HALF), *others])


@pytest.mark.parametrize(
    "broken", [an_order_called_void, an_order_still_unknown, an_order_filled_otherwise], ids=lambda case: case.__name__
)
def test_an_order_our_book_does_not_know_the_truth_of_is_lost(broken: Callable[[History], History]) -> None:
    assert found(broken(sound())) == {"lost orders": 1}


def test_an_order_that_is_not_in_our_book_is_lost_and_unapproved() -> None:
    counts = found(an_order_never_stored(sound()))
    assert (counts["lost orders"], counts["unapproved orders"]) == (1, 1)


def test_a_client_id_that_the_venue_has_twice_is_a_duplicate() -> None:
    assert found(an_order_sent_twice(sound()))["duplicate orders"] == 1


def a_forged_approval(history: History) -> History:
    opening, closing = history.approvals
    return replace(history, approvals=[replace(opening, is_genuine=False), closing])


def an_order_of_the_other_side(history: History) -> History:
    first, *others = history.venue_orders
    return replace(history, venue_orders=[replace(first, side=Side.SELL), *others])


def an_order_of_another_market(history: History) -> History:
    first, *others = history.venue_orders
    return replace(history, venue_orders=[replace(first, market=Market.of("ETH/USDT")), *others])


def an_order_larger_than_approved(history: History) -> History:
    first, *others = history.venue_orders
    return replace(history, venue_orders=[replace(first, quantity=Decimal(2)), *others])


@pytest.mark.parametrize(
    ("broken", "orders"),
    [
        (a_forged_approval, 2),
        (an_order_of_the_other_side, 1),
        (an_order_of_another_market, 1),
        (an_order_larger_than_approved, 1),
    ],
)
def test_an_order_that_no_genuine_approval_covers_is_unapproved(
    broken: Callable[[History], History], orders: int
) -> None:
    assert found(broken(sound())) == {"unapproved orders": orders}


def test_orders_that_fill_more_together_than_was_approved_are_unapproved() -> None:
    history = sound()
    again = replace(history.venue_orders[0], client_order_id="again", executed=HALF, quantity=HALF)
    stored = replace(history.orders[0], client_order_id="again", filled=HALF)
    broken = replace(history, venue_orders=[*history.venue_orders, again], orders=[*history.orders, stored])
    assert found(broken) == {"unapproved orders": 1}


def test_taking_back_may_trade_the_other_side() -> None:
    history = sound()
    back = replace(history.venue_orders[0], client_order_id="back", side=Side.SELL, executed=Decimal(0))
    stored = replace(history.orders[0], client_order_id="back", is_unwind=True, filled=Decimal(0))
    taken_back = replace(history, venue_orders=[*history.venue_orders, back], orders=[*history.orders, stored])
    assert found(taken_back) == {}


def test_a_fill_that_the_ledger_lacks_is_lost() -> None:
    history = sound()
    assert found(replace(history, ledger_fills=history.ledger_fills[1:])) == {"lost fills": 1}


def booked_twice(history: History) -> History:
    return replace(history, ledger_fills=[*history.ledger_fills, history.ledger_fills[0]])


def booked_with_more(history: History) -> History:
    first, *others = history.ledger_fills
    return replace(history, ledger_fills=[replace(first, quantity=Decimal(2)), *others])


def reported_as_two(history: History) -> History:
    return replace(
        history, reported_fills={**history.reported_fills, UUID(int=99): next(iter(history.reported_fills.values()))}
    )


@pytest.mark.parametrize("broken", [booked_twice, booked_with_more, reported_as_two], ids=lambda case: case.__name__)
def test_a_fill_that_counts_for_more_than_it_is_is_double_counted(broken: Callable[[History], History]) -> None:
    assert found(broken(sound())) == {"double-counted fills": 1}


def test_a_fill_that_the_venue_does_not_have_is_invented() -> None:
    history = sound()
    invented = replace(history.ledger_fills[0], key=TradeKey(Market.of("BTC/USDT"), "none", "none"))
    assert found(replace(history, ledger_fills=[*history.ledger_fills, invented])) == {"invented fills": 1}
    reported = {**history.reported_fills, UUID(int=99): invented}
    assert found(replace(history, reported_fills=reported)) == {"invented fills": 1}


def test_a_fill_that_is_booked_for_another_package_is_invented() -> None:
    history = sound()
    first, *others = history.ledger_fills
    assert found(replace(history, ledger_fills=[replace(first, package_id=UUID(int=2)), *others])) == {
        "invented fills": 1
    }


def test_a_package_that_holds_what_its_fills_do_not_give_is_found() -> None:
    package = StoredPackage(package_id=PACKAGE, base="BTC", long_held=HALF, short_held=Decimal(0))
    assert found(replace(sound(), packages=[package])) == {"packages held otherwise than filled": 1}


def test_a_fee_in_the_base_currency_is_not_held() -> None:
    history = sound()
    opened = [replace(fill, fee=Decimal("0.001"), fee_currency="BTC") for fill in history.venue_fills[:1]]
    package = StoredPackage(package_id=PACKAGE, base="BTC", long_held=Decimal("-0.001"), short_held=Decimal(0))
    broken = replace(history, venue_fills=[*opened, *history.venue_fills[1:]], packages=[package])
    assert found(broken) == {}


@pytest.mark.parametrize(("seconds", "count"), [(9.9, 0), (10.1, 1)])
def test_a_leg_that_stands_alone_for_over_ten_seconds_is_found(seconds: float, count: int) -> None:
    assert found(late_second_leg(seconds)).get("residual beyond the cap for over 10 s, unlocked", 0) == count


def test_a_package_left_unhedged_is_found_until_the_end() -> None:
    history = sound()
    package = StoredPackage(package_id=PACKAGE, base="BTC", long_held=Decimal(1), short_held=Decimal(0))
    fill, order = history.venue_fills[0], history.orders[0]
    broken = replace(
        history,
        venue_orders=history.venue_orders[:1],
        venue_fills=[fill],
        orders=[order],
        packages=[package],
        ledger_fills=[told_of(fill)],
        reported_fills={UUID(int=0): told_of(fill)},
    )
    assert found(broken) == {"residual beyond the cap for over 10 s, unlocked": 1}


def test_a_residual_below_the_cap_may_stay() -> None:
    history = replace(late_second_leg(60), residual_cap_usd=Decimal(100))
    assert found(history) == {}


def test_a_locked_package_may_stand_alone_while_its_alert_is_out() -> None:
    history = replace(
        late_second_leg(40),
        halted=frozenset({PACKAGE}),
        alerts=[lock_alert(10, firing=True), lock_alert(35, firing=False)],
    )
    assert found(history) == {}


def test_a_lock_that_comes_late_ends_early_or_has_no_alert_does_not_excuse() -> None:
    late = [lock_alert(11, firing=True)]
    early = [lock_alert(5, firing=True), lock_alert(20, firing=False)]
    halted = frozenset({PACKAGE})
    for alerts, locked in ((late, halted), (early, halted), ([], halted), ([lock_alert(1, firing=True)], frozenset())):
        history = replace(late_second_leg(40), halted=locked, alerts=alerts)
        assert found(history) == {"residual beyond the cap for over 10 s, unlocked": 1}


def test_risk_may_speak_for_an_execution_that_is_away() -> None:
    silence = [lock_alert(9, firing=True, name="approval_unanswered")]
    spoken_for = [*silence, lock_alert(30, firing=False, name="approval_unanswered")]
    assert found(replace(late_second_leg(40), alerts=silence)) == {}
    assert found(replace(late_second_leg(39), alerts=spoken_for)) == {}
    assert found(replace(late_second_leg(41), alerts=spoken_for)) == {
        "residual beyond the cap for over 10 s, unlocked": 1
    }


def test_a_lock_of_the_account_is_false_where_nobody_else_traded() -> None:
    alert = AlertTold(name="account_diverged", subject="paper", firing=True, at=NOON)
    assert found(replace(sound(), alerts=[alert])) == {"false locks": 1}


def test_what_was_put_aside_or_never_answered_is_told() -> None:
    history = replace(sound(), dead_letters=["execution.reports: poison"], unsettled_approvals=[OPENING])
    assert found(history) == {"dead letters": 1, "approvals without an outcome": 1}


def test_every_check_has_a_test_that_it_can_fail() -> None:
    assert set(CHECKS) == {
        "duplicate orders",
        "lost orders",
        "unapproved orders",
        "lost fills",
        "double-counted fills",
        "invented fills",
        "packages held otherwise than filled",
        "residual beyond the cap for over 10 s, unlocked",
        "approvals without an outcome",
        "false locks",
        "dead letters",
    }
