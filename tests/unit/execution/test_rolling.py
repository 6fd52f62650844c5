from collections import Counter
from dataclasses import replace
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.execution.fragile_venue import FragileVenue
from tests.unit.execution.messages import CARRY, FAR, FORGED_KEY, NEAR, PRICE, SPOT, approved, risk_state, rolling
from tests.unit.execution.rig import Rig

from poise_common.contracts.execution import (
    ApprovalRefused,
    LegFilled,
    LongLegPassedOn,
    OrderSent,
    PackageAborted,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole, PackageAction, PackageState, RollApproved
from poise_common.contracts.signatures import Signer
from poise_common.contracts.state import SystemMode
from poise_common.domain.instruments import Side
from poise_execution.domain import effects, results
from poise_execution.domain.order_rules import is_tradable
from poise_execution.domain.packages import Package
from poise_execution.domain.rolling import quantity_set_free

CHOICES = st.randoms(use_true_random=False)
CAP_USD = 50
QUANTITIES = st.decimals(min_value=0, max_value=20, places=3)


@pytest.fixture
def rig() -> Rig:
    return carrying()


def carrying(quantity: str = "10") -> Rig:
    """Return a rig that holds spot against the near future; the fee of the spot leg is left unhedged."""
    rig = Rig(futures=(NEAR, FAR)).ready()
    rig.hear(approved(rig, quantity=quantity, instruments=CARRY))
    for submit in rig.take(effects.SubmitOrder):
        rig.answer(submit)
    rig.list_trades()
    assert rig.package.state is PackageState.OPEN
    rig.messages.clear()
    return rig


def roll(rig: Rig) -> tuple[effects.SubmitOrder, effects.SubmitOrder]:
    """Have the package rolled, and return the orders of the near and the far leg."""
    rig.hear(rolling(rig, rig.package))
    near, far = rig.take(effects.SubmitOrder)
    return near, far


def packages(rig: Rig) -> tuple[Package, Package]:
    """Return the package and its successor."""
    package, successor = rig.state.packages.values()
    return package, successor


def test_a_roll_buys_back_the_near_future_and_sells_the_far_one_at_once_and_leaves_spot_alone(rig: Rig) -> None:
    held = rig.package
    near, far = roll(rig)
    assert [(each.instrument, each.side, each.quantity, each.reduce_only) for each in (near, far)] == [
        (NEAR, Side.BUY, held.short_held, True),
        (FAR, Side.SELL, held.short_held, False),
    ]
    assert [package.state for package in packages(rig)] == [PackageState.ROLLING, PackageState.OPENING]


def test_the_successor_of_a_package_that_was_rolled_whole_holds_its_spot_against_the_far_future(rig: Rig) -> None:
    held = rig.package
    for submit in roll(rig):
        rig.answer(submit)
        rig.list_trades()
    package, successor = packages(rig)
    assert (package.state, package.long_held, package.short_held) == (PackageState.CLOSED, 0, 0)
    assert (successor.state, successor.long_instrument, successor.short_instrument) == (PackageState.OPEN, SPOT, FAR)
    assert (successor.long_held, successor.short_held) == (held.long_held, held.short_held)
    (passed_on,) = rig.told(LongLegPassedOn)
    assert (passed_on.from_package_id, passed_on.to_package_id) == (package.package_id, successor.package_id)
    assert (passed_on.symbol, passed_on.quantity, passed_on.price) == (SPOT.symbol, held.long_held, PRICE)
    (closed,) = rig.told(PackageClosed)
    (opened,) = rig.told(PackageOpened)
    assert closed.package_id == package.package_id
    assert opened.long_leg.held_quantity == held.long_held
    assert {sent.rolls for sent in rig.told(OrderSent)} == {True}
    told = [type(message) for message in rig.messages]
    assert told.index(LongLegPassedOn) < told.index(PackageClosed), "what is passed on is not what was left over"


def test_the_long_leg_stays_until_both_short_legs_are_known(rig: Rig) -> None:
    near, far = roll(rig)
    rig.answer(near)
    rig.list_trades()
    rig.wait(1)
    assert rig.told(LongLegPassedOn) == []
    assert rig.take(effects.SubmitOrder) == []
    rig.answer(far)
    rig.list_trades()
    assert len(rig.told(LongLegPassedOn)) == 1


# Of 10 held: how much of the near future is bought back and of the far one sold; what each package then has of both
# legs, and what is sent to have it hedged.
@pytest.mark.parametrize(
    ("filled", "kept", "passed", "mended"),
    [
        (("0", "0"), ("9.995", "10"), ("0", "0"), []),
        (("4", "4"), ("6", "6"), ("3.995", "4"), []),
        (("10", "4"), ("5.995", "0"), ("4", "4"), [(SPOT, Side.SELL, "5.995")]),
        (("10", "0"), ("9.995", "0"), ("0", "0"), [(SPOT, Side.SELL, "9.995")]),
        (("4", "10"), ("6", "6"), ("3.995", "10"), [(FAR, Side.BUY, "6.005")]),
        (("0", "10"), ("9.995", "10"), ("0", "10"), [(FAR, Side.BUY, "10")]),
    ],
)
def test_what_one_leg_fills_beyond_the_other_is_taken_down(
    rig: Rig,
    filled: tuple[str, str],
    kept: tuple[str, str],
    passed: tuple[str, str],
    mended: list[tuple[object, Side, str]],
) -> None:
    for submit, quantity in zip(roll(rig), filled, strict=True):
        rig.answer(submit, quantity)
    rig.list_trades()
    package, successor = packages(rig)
    assert (package.long_held, package.short_held) == tuple(map(Decimal, kept))
    assert (successor.long_held, successor.short_held) == tuple(map(Decimal, passed))
    submits = rig.take(effects.SubmitOrder)
    assert [(each.instrument, each.side, each.quantity) for each in submits] == [
        (instrument, side, Decimal(quantity)) for instrument, side, quantity in mended
    ]
    for submit in submits:
        assert submit.reduce_only is (submit.instrument != SPOT)
        rig.answer(submit)
    rig.list_trades()
    for each in packages(rig):
        assert abs(each.residual_delta) * PRICE <= CAP_USD
        assert each.state in (PackageState.OPEN, PackageState.CLOSED, PackageState.ABORTED)


def test_a_package_of_which_nothing_was_rolled_is_open_as_before(rig: Rig) -> None:
    held = rig.package
    for submit in roll(rig):
        rig.answer_with(submit, results.OrderRefused(code="-2010", text="no"))
    package, successor = packages(rig)
    assert package == held
    assert successor.state is PackageState.ABORTED
    assert len(rig.told(PackageClosedPartly)) == len(rig.told(PackageAborted)) == 1
    assert rig.told(LongLegPassedOn) == []


def test_a_roll_goes_on_after_a_restart_and_nothing_is_sent_again(rig: Rig) -> None:
    near, far = roll(rig)
    rig.restart()
    assert rig.take(effects.SubmitOrder) == []
    for submit in (near, far):
        seen = results.OrderSeen(
            order_id=f"o-{submit.client_order_id}", filled_quantity=submit.quantity, is_terminal=True
        )
        rig.look_up(submit.client_order_id, seen)
        rig.list_trades()
    assert [package.state for package in packages(rig)] == [PackageState.CLOSED, PackageState.OPEN]


def test_a_half_that_stays_unknown_locks_both_packages_until_it_is_known(rig: Rig) -> None:
    near, far = roll(rig)
    rig.answer(near)
    rig.list_trades()
    rig.answer_with(far, results.OutcomeUnknown(reason="no answer"))
    rig.wait(11)
    assert [package.state for package in packages(rig)] == [PackageState.HALTED, PackageState.HALTED]
    seen = results.OrderSeen(order_id=f"o-{far.client_order_id}", filled_quantity=far.quantity, is_terminal=True)
    rig.look_up(far.client_order_id, seen)
    rig.list_trades()
    assert [package.state for package in packages(rig)] == [PackageState.CLOSED, PackageState.OPEN]


def test_a_fill_that_comes_to_light_after_the_roll_locks_the_package_it_is_of(rig: Rig) -> None:
    near, far = roll(rig)
    rig.answer(far)
    rig.list_trades()
    rig.answer_with(near, results.OrderRefused(code="-2010", text="no"))
    for submit in rig.take(effects.SubmitOrder):  # the far future that nothing hedges
        rig.answer(submit)
    rig.list_trades()
    assert [package.state for package in packages(rig)] == [PackageState.OPEN, PackageState.ABORTED]
    seen = results.OrderSeen(order_id=f"o-{near.client_order_id}", filled_quantity=near.quantity, is_terminal=True)
    rig.look_up(near.client_order_id, seen)
    rig.list_trades()
    assert packages(rig)[0].state is PackageState.HALTED
    for submit in rig.take(effects.SubmitOrder):
        assert (submit.instrument, submit.side) == (SPOT, Side.SELL)
        rig.answer(submit)
    rig.list_trades()
    assert packages(rig)[0].state is PackageState.CLOSED


def test_one_half_of_a_roll_is_not_carried_out_alone(rig: Rig) -> None:
    both = rolling(rig, rig.package)
    for half in (both.closing, both.opening):
        rig.hear(half)
    assert [refused.reason for refused in rig.told(ApprovalRefused)] == [RefusalReason.UNSIGNED] * 2
    assert rig.take(effects.SubmitOrder) == []
    rig.hear(both)
    assert len(rig.take(effects.SubmitOrder)) == 2, "the roll itself is not used up by that"


def test_a_roll_of_which_one_half_is_forged_sends_nothing(rig: Rig) -> None:
    both = rolling(rig, rig.package)
    forged = both.opening.model_copy(update={"signature": Signer(FORGED_KEY).sign(both.opening.approval)})
    rig.hear(both.model_copy(update={"opening": forged}))
    assert {refused.reason for refused in rig.told(ApprovalRefused)} == {RefusalReason.UNSIGNED}
    assert rig.take(effects.SubmitOrder) == []


def test_halves_of_two_rolls_do_not_make_one(rig: Rig) -> None:
    one, other = rolling(rig, rig.package), rolling(rig, rig.package)
    rig.hear(one.model_copy(update={"opening": other.opening}))
    assert {refused.reason for refused in rig.told(ApprovalRefused)} == {RefusalReason.UNSIGNED}
    assert rig.take(effects.SubmitOrder) == []


def test_a_roll_is_carried_out_once(rig: Rig) -> None:
    both = rolling(rig, rig.package)
    rig.hear(both)
    assert len(rig.take(effects.SubmitOrder)) == 2
    rig.hear(both)
    assert rig.told(ApprovalRefused) == []
    again = [half.model_copy(update={"id": rig.new_id()}) for half in (both.closing, both.opening)]
    rig.hear(rig.result(RollApproved, closing=again[0], opening=again[1]))
    assert {refused.reason for refused in rig.told(ApprovalRefused)} == {RefusalReason.USED}
    assert rig.take(effects.SubmitOrder) == []


@pytest.mark.parametrize("mode", [SystemMode.REDUCING, SystemMode.HALTED])
def test_nothing_is_rolled_unless_the_system_is_active(rig: Rig, mode: SystemMode) -> None:
    rig.hear(risk_state(rig, mode))
    rig.hear(rolling(rig, rig.package))
    assert {refused.reason for refused in rig.told(ApprovalRefused)} == {RefusalReason.STALE_EPOCH}
    assert rig.take(effects.SubmitOrder) == []
    assert rig.package.state is PackageState.OPEN


def test_a_package_is_not_rolled_into_an_expiry_that_is_no_later(rig: Rig) -> None:
    package = rig.package
    rig.hear(rolling(rig, package, far=NEAR))
    assert {refused.detail for refused in rig.told(ApprovalRefused)} == {f"{NEAR.id} is no later expiry of {NEAR.id}"}


def test_short_legs_too_far_apart_are_not_rolled(rig: Rig) -> None:
    rig.hear(rolling(rig, rig.package, quantity=Decimal(9)))
    assert {refused.detail for refused in rig.told(ApprovalRefused)} == {"the short legs are 100.00 USD apart"}


def test_a_package_that_is_halted_is_not_rolled(rig: Rig) -> None:
    halted = replace(rig.package, state=PackageState.HALTED)
    rig.state.packages[halted.package_id] = halted
    rig.restart()
    rig.wait(0)
    rig.hear(rolling(rig, halted))
    assert {refused.reason for refused in rig.told(ApprovalRefused)} == {RefusalReason.UNTRADABLE}
    assert rig.take(effects.SubmitOrder) == []


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_no_more_passes_on_than_is_free_and_hedged(long: Decimal, short: Decimal, sold: Decimal) -> None:
    package = Package(
        package_id=UUID(int=1),
        strategy="cash_and_carry",
        asset="ETH",
        state=PackageState.ROLLING,
        long_instrument=SPOT,
        short_instrument=NEAR,
        long_held=long,
        short_held=short,
    )
    successor = replace(package, short_instrument=FAR, long_held=Decimal(0), short_held=sold)
    quantity = quantity_set_free(package, successor, PRICE, PRICE)
    assert 0 <= quantity <= long
    left = long - quantity
    if quantity > min(sold, max(long - short, Decimal(0))):
        assert left == 0
        assert not is_tradable(SPOT, long - min(sold, long - short), PRICE)
        assert not is_tradable(NEAR, short, PRICE)


@settings(max_examples=300)
@given(CHOICES, st.integers(min_value=0, max_value=60))
def test_whatever_the_venue_does_a_roll_ends_hedged_flat_or_locked(random: Random, steps: int) -> None:
    rig = carrying()
    held = rig.package
    venue = FragileVenue(rig, random.randrange)
    venue.denies = True
    before = sum(len(order.trades) for order in venue.orders.values())
    rig.hear(rolling(rig, held))
    for _ in range(steps):
        venue.step()
    venue.calm_down()
    assert before == 0
    assert max(venue.posts.values()) <= 1, "an order was sent twice"
    told = Counter(fill.trade_id for fill in rig.told(LegFilled))
    assert set(told.values()) <= {1}
    assert told.keys() == {trade.trade_id for order in venue.orders.values() for trade in order.trades}
    package, successor = packages(rig)
    traded = {SPOT.id: held.long_held, NEAR.id: -held.short_held, FAR.id: Decimal(0)}
    for order in venue.orders.values():
        assert order.submit.instrument != SPOT or order.submit.side is Side.SELL, "spot was bought"
        traded[order.submit.instrument.id] += order.submit.side.sign * order.filled
    assert package.long_held + successor.long_held == traded[SPOT.id]
    assert (-package.short_held, -successor.short_held) == (traded[NEAR.id], traded[FAR.id])
    assert min(package.long_held, package.short_held, successor.long_held, successor.short_held) >= 0
    assert len(rig.told(LongLegPassedOn)) <= 1
    for each in (package, successor):
        is_hedged = abs(each.residual_delta) * PRICE <= CAP_USD
        assert is_hedged or each.state is PackageState.HALTED
        if each.state is PackageState.CLOSED:
            assert not any(is_tradable(each.instrument(role), each.held(role), PRICE) for role in LegRole)
    assert package.state in (PackageState.OPEN, PackageState.CLOSED, PackageState.HALTED)
    assert successor.state in (PackageState.OPEN, PackageState.ABORTED, PackageState.HALTED)
    halted = {message.package_id for message in rig.told(PackageHalted)}
    assert {each.package_id for each in (package, successor) if each.state is PackageState.HALTED} <= halted


def test_what_was_rolled_is_closed_like_any_package(rig: Rig) -> None:
    for submit in roll(rig):
        rig.answer(submit)
    rig.list_trades()
    _, successor = packages(rig)
    rig.hear(
        approved(
            rig,
            action=PackageAction.CLOSE,
            package=successor,
            quantity=str(successor.long_held),
            short_quantity=str(successor.short_held),
            instruments={LegRole.LONG: SPOT, LegRole.SHORT: FAR},
        )
    )
    for submit in rig.take(effects.SubmitOrder):
        rig.answer(submit)
    rig.list_trades()
    assert packages(rig)[1].state is PackageState.CLOSED
