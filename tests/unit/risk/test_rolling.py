"""A roll is approved whole, adds nothing to what is held, and is signed so that its halves go together."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.risk.risk_desk import PRICE, START, TIERS, RiskDesk, decision, every, limits_with, only, perpetual, spot

from poise_common.contracts.control import Halt
from poise_common.contracts.execution import RefusalReason
from poise_common.contracts.packages import (
    CloseReason,
    LegRole,
    PackageAction,
    PackageApproved,
    PackageDecided,
    RollApproved,
    RollPackage,
    Verdict,
)
from poise_common.contracts.state import HeldLeg, HeldPackage
from poise_common.domain.instruments import Instrument, InstrumentKind, Side
from poise_risk.domain.gate.commitments import Commitment, CommitmentStatus
from poise_risk.domain.records import ApprovalRecord

QUANTITY = Decimal(80)


def future(expires_at: datetime) -> Instrument:
    symbol = f"BTC/USDT:USDT-{expires_at:%y%m%d}"
    return perpetual("BTC", symbol=symbol, kind=InstrumentKind.LINEAR_FUTURE, expires_at=expires_at)


NEAR, FAR = future(START + timedelta(hours=48)), future(START + timedelta(days=60))
TOO_SOON = future(START + timedelta(hours=20))


def carrying(desk: RiskDesk, near: Instrument = NEAR) -> HeldPackage:
    """Have the ledger hold BTC against the near future."""
    listed = [(spot(asset), perpetual(asset), tier) for asset, tier in TIERS.items()]
    desk.universe(listed, futures=(near, FAR, TOO_SOON))
    desk.books(received_at=desk.now - timedelta(seconds=10))
    desk.books()
    short = HeldLeg(venue="paper", symbol=near.symbol, quantity=-QUANTITY, entry_price=PRICE, mark_price=PRICE)
    held = desk.hold("BTC", short_leg=short, strategy="cash_and_carry")
    desk.portfolio()
    return held


def rolling(
    desk: RiskDesk, held: HeldPackage, far: Instrument = FAR, *, sold: Decimal = QUANTITY, **changes: Any
) -> RollPackage:
    closing = desk.closing(
        held.package_id,
        "BTC",
        QUANTITY,
        strategy="cash_and_carry",
        reason=CloseReason.ROLLED,
        short_leg=desk.leg(LegRole.SHORT, held.short_leg.symbol, Side.BUY, QUANTITY),
    )
    opening = desk.request(
        "BTC", 8_000, strategy="cash_and_carry", short={"symbol": far.symbol, "quantity": sold}, **changes
    )
    return desk.first(RollPackage, closing=closing, opening=opening)


def refused(desk: RiskDesk, roll: RollPackage) -> PackageDecided:
    """Have a roll refused: one decision, of the package, and nothing else."""
    told = desk.send(roll)
    assert every(told, RollApproved) == []
    assert every(told, PackageApproved) == []
    decided = only(told, PackageDecided)
    assert (decided.package_id, decided.action) == (roll.closing.package_id, PackageAction.CLOSE)
    assert decided.verdict is Verdict.REJECTED
    return decided


def test_a_roll_is_one_message_of_two_signed_halves_that_name_each_other(desk: RiskDesk) -> None:
    roll = rolling(desk, carrying(desk))
    told = desk.send(roll)
    approved = only(told, RollApproved)
    closing, opening = approved.closing.approval, approved.opening.approval
    for half in (approved.closing, approved.opening):
        assert desk.verifier.is_signed(half.approval, half.signature)
    assert (closing.rolls_with, opening.rolls_with) == (opening.approval_id, closing.approval_id)
    assert (closing.action, opening.action) == (PackageAction.CLOSE, PackageAction.OPEN)
    assert (closing.package_id, opening.package_id) == (roll.closing.package_id, roll.opening.package_id)
    near, far = closing.legs[1], opening.legs[1]
    assert (near.symbol, near.side, near.quantity, near.reduce_only) == (NEAR.symbol, Side.BUY, QUANTITY, True)
    assert (far.symbol, far.side, far.quantity, far.reduce_only) == (FAR.symbol, Side.SELL, QUANTITY, False)
    assert every(told, PackageApproved) == [], "no half goes alone"
    decisions = {each.action: each for each in every(told, PackageDecided)}
    assert decisions[PackageAction.CLOSE].close_reason is CloseReason.ROLLED
    assert {each.verdict for each in decisions.values()} == {Verdict.APPROVED}


def test_a_roll_counts_no_exposure_twice() -> None:
    desk = RiskDesk(limits_with(total_exposure_pct=20, total_exposure_alert_pct=19)).ready()
    desk.hold("ETH", 10_000)
    roll = rolling(desk, carrying(desk))
    assert only(desk.send(roll), RollApproved).opening.approval.package_id == roll.opening.package_id


def test_a_successor_that_would_have_to_be_smaller_is_not_rolled_into() -> None:
    desk = RiskDesk(limits_with(position_size_pct=7)).ready()
    assert refused(desk, rolling(desk, carrying(desk))).binding_limit == "roll_size"


def test_more_than_is_held_is_not_rolled(desk: RiskDesk) -> None:
    held = carrying(desk)
    assert refused(desk, rolling(desk, held, sold=QUANTITY + 1)).binding_limit == "roll_whole"


def test_a_part_of_the_short_leg_is_not_rolled(desk: RiskDesk) -> None:
    roll = rolling(desk, carrying(desk))
    leg = roll.closing.short_leg.model_copy(update={"quantity": QUANTITY - 1})
    part = roll.model_copy(update={"closing": roll.closing.model_copy(update={"short_leg": leg})})
    assert refused(desk, part).binding_limit == "roll_whole"


@pytest.mark.parametrize("far", [NEAR, TOO_SOON])
def test_nothing_is_rolled_into_what_settles_no_later_or_would_be_closed_at_once(
    desk: RiskDesk, far: Instrument
) -> None:
    assert refused(desk, rolling(desk, carrying(desk), far)).binding_limit == "roll_later"


def test_a_perpetual_has_no_expiry_to_roll_into(desk: RiskDesk) -> None:
    roll = rolling(desk, carrying(desk), perpetual("BTC"))
    assert refused(desk, roll).binding_limit == "roll_later"


def test_halves_of_two_strategies_are_no_roll(desk: RiskDesk) -> None:
    roll = rolling(desk, carrying(desk))
    opening = roll.opening.model_copy(update={"strategy": "funding_carry"})
    assert refused(desk, roll.model_copy(update={"opening": opening})).binding_limit == "roll_paired"


def test_a_package_that_is_not_held_is_not_rolled(desk: RiskDesk) -> None:
    held = carrying(desk)
    desk.held.clear()
    desk.portfolio()
    assert refused(desk, rolling(desk, held)).binding_limit == "package_held"


def test_a_halted_desk_rolls_nothing(desk: RiskDesk) -> None:
    held = carrying(desk)
    desk.command(Halt)
    assert refused(desk, rolling(desk, held)).binding_limit == "system_mode"


def test_a_desk_that_reduces_rolls_nothing(desk: RiskDesk) -> None:
    held = carrying(desk)
    thin = desk.account(margin_balance_usd=Decimal(1_000), maintenance_margin_usd=Decimal(600))
    desk.portfolio(accounts=(thin,))
    assert desk.state.mode.value == "reducing"
    decided = every(desk.send(rolling(desk, held)), PackageDecided)
    assert [each.verdict for each in decided] == [Verdict.REJECTED]


def test_a_price_that_ran_away_stops_a_roll(desk: RiskDesk) -> None:
    held = carrying(desk)
    desk.book(FAR.symbol, PRICE * Decimal("1.02"))
    assert refused(desk, rolling(desk, held)).binding_limit == "price_collar"


def test_what_rolls_is_not_closed_meanwhile_and_is_closed_in_its_time_when_the_roll_came_to_nothing(
    desk: RiskDesk,
) -> None:
    held = carrying(desk)
    approved = only(desk.send(rolling(desk, held)), RollApproved)
    again = desk.closing(
        held.package_id,
        "BTC",
        QUANTITY,
        strategy="cash_and_carry",
        short_leg=desk.leg(LegRole.SHORT, NEAR.symbol, Side.BUY, QUANTITY),
    )
    assert decision(desk.send(again)).binding_limit == "closing_new"
    desk.refused(approved.closing.approval, RefusalReason.EXPIRED)
    desk.refused(approved.opening.approval, RefusalReason.EXPIRED)
    desk.now += timedelta(hours=25)
    desk.wait(1)
    closings = [each for each in desk.stored if isinstance(each, ApprovalRecord) and each.approval.rolls_with is None]
    assert [each.close_reason for each in closings] == [CloseReason.EXPIRY]


def test_what_the_successor_reserves_is_free_again_when_the_roll_came_to_nothing(desk: RiskDesk) -> None:
    approved = only(desk.send(rolling(desk, carrying(desk))), RollApproved)
    desk.aborted(approved.opening.approval)
    desk.closed_partly(approved.closing.approval, QUANTITY)
    own = [
        each
        for each in desk.stored
        if isinstance(each, Commitment) and each.package_id == approved.opening.approval.package_id
    ]
    assert [each.status for each in own] == [CommitmentStatus.AWAITING, CommitmentStatus.RELEASED]


def test_a_roll_is_decided_once_even_across_a_restart(desk: RiskDesk) -> None:
    roll = rolling(desk, carrying(desk))
    assert every(desk.send(roll), RollApproved)
    assert desk.send(roll) == []
    restarted = desk.restarted().ready()
    assert restarted.send(roll) == []
