"""Packages of two assets at two venues: what hedges what is by the ratio, and either venue may stop them."""

from decimal import Decimal

import pytest
from tests.unit.execution.messages import PAIR, PAIR_RATIO, SECOND_VENUE, account_read, approved, book, closing
from tests.unit.execution.resting_closings import REST
from tests.unit.execution.rig import Rig, shipped_config

from poise_common.contracts.execution import (
    LegFilled,
    OrderSent,
    PackageClosed,
    PackageClosedPartly,
    PackageHalted,
    PackageOpened,
    RefusalReason,
)
from poise_common.contracts.packages import LegRole, PackageState
from poise_execution.domain import effects, results
from poise_execution.domain.packages import Package

D = Decimal
REST_SWITCH_S = shipped_config().resting.dead_mans_switch_s


@pytest.fixture
def rig() -> Rig:
    return Rig(venues=("paper", SECOND_VENUE)).ready()


def opened(rig: Rig) -> Package:
    """Open ten of the long leg against half of one of the short leg."""
    rig.hear(approved(rig, instruments=PAIR, ratio=PAIR_RATIO))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    return rig.package


def test_a_pair_is_opened_at_both_venues_and_told_with_its_ratio(rig: Rig) -> None:
    package = opened(rig)
    assert (package.state, package.long_held, package.short_held) == (PackageState.OPEN, D(10), D("0.5"))
    (told,) = rig.told(PackageOpened)
    assert (told.hedge_ratio, told.residual_delta, told.asset) == (PAIR_RATIO, 0, "SOL")
    assert {(sent.venue, sent.hedge_ratio) for sent in rig.told(OrderSent)} == {
        ("paper", PAIR_RATIO),
        (SECOND_VENUE, PAIR_RATIO),
    }
    assert {fill.hedge_ratio for fill in rig.told(LegFilled)} == {PAIR_RATIO}


def test_what_the_short_leg_does_not_hedge_is_taken_back_by_the_ratio(rig: Rig) -> None:
    rig.hear(approved(rig, instruments=PAIR, ratio=PAIR_RATIO))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT, "0.2")
    unwind = rig.take_order(LegRole.LONG)
    # 0.2 hedge 4 of the 10.
    assert (unwind.instrument.symbol, unwind.quantity, unwind.reduce_only) == ("SOL/USDT:USDT", D(6), True)
    rig.answer(unwind)
    rig.list_trades()
    assert (rig.package.state, rig.package.residual_delta) == (PackageState.OPEN, 0)


def test_what_is_short_too_much_is_taken_back_in_its_own_units(rig: Rig) -> None:
    rig.hear(approved(rig, instruments=PAIR, ratio=PAIR_RATIO))
    rig.fill(LegRole.LONG, "4")
    rig.fill(LegRole.SHORT)
    unwind = rig.take_order(LegRole.SHORT)
    assert (unwind.instrument.venue, unwind.quantity) == (SECOND_VENUE, D("0.3"))


def test_a_part_of_a_pair_is_closed_and_the_rest_stays_hedged(rig: Rig) -> None:
    package = opened(rig)
    rig.hear(closing(rig, package, quantity="4", short_quantity="0.2"))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    (left,) = rig.told(PackageClosedPartly)
    assert (left.remaining_long_quantity, left.remaining_short_quantity) == (D(6), D("0.3"))
    assert (left.residual_delta_usd, rig.package.state) == (0, PackageState.OPEN)


def test_a_closing_rests_in_clips_that_hedge_each_other(rig: Rig) -> None:
    package = opened(rig)
    rig.hear(book(rig, PAIR[LegRole.LONG], 99.98, 100.02))
    rig.hear(book(rig, PAIR[LegRole.SHORT], 1_999.6, 2_000.4))
    rig.hear(closing(rig, package, **REST))
    long_clip, short_clip = (rig.take_order(role) for role in LegRole)
    assert short_clip.quantity == long_clip.quantity * PAIR_RATIO
    assert (long_clip.dead_mans_switch_s, short_clip.dead_mans_switch_s) == (REST_SWITCH_S, REST_SWITCH_S)


def test_a_pair_that_ended_is_told_by_both_venues_fills(rig: Rig) -> None:
    package = opened(rig)
    rig.hear(closing(rig, package))
    rig.fill(LegRole.LONG)
    rig.fill(LegRole.SHORT)
    (closed,) = rig.told(PackageClosed)
    assert (closed.long_leg.venue, closed.short_leg.venue) == ("paper", SECOND_VENUE)


@pytest.mark.parametrize("silent", ["paper", SECOND_VENUE])
def test_a_venue_that_was_not_compared_lately_keeps_the_pair_out(rig: Rig, silent: str) -> None:
    for _ in range(8):
        rig.wait(10)
        for read in rig.take(effects.ReadAccount):
            if read.venue != silent:
                rig.hear(_agreeing(rig, read))
    rig.hear(approved(rig, instruments=PAIR, ratio=PAIR_RATIO))
    assert rig.refusal.reason is RefusalReason.LOCKED
    assert silent in rig.refusal.detail


def test_a_leg_whose_venue_never_answers_locks_the_package_with_what_it_may_be(rig: Rig) -> None:
    rig.hear(approved(rig, instruments=PAIR, ratio=PAIR_RATIO))
    rig.fill(LegRole.LONG)
    rig.answer_with(rig.take_order(LegRole.SHORT), results.OutcomeUnknown(reason="time-out"))
    for _ in range(11):
        rig.wait(1)
    (halted,) = rig.told(PackageHalted)
    assert (halted.long_quantity, halted.short_quantity) == (D(10), D("0.5"))
    assert halted.residual_delta_usd == 0
    assert f"on {SECOND_VENUE}" in halted.reason


def _agreeing(rig: Rig, read: effects.ReadAccount) -> results.AccountRead:
    return account_read(rig, activity=read.activity, venue=read.venue)
